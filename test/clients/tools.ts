import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";

export const ROOT = resolve(import.meta.dirname, "../..");
const VENV = join(ROOT, ".venv/bin");
export const GO = join(ROOT, "test/clients/go");

const run = promisify(execFile);

/** Runs a program of this machine or of `.venv`. @returns its standard output. @throws with all that it has said */
export async function tool(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<string> {
  const env = { ...process.env, ...options.env, PATH: `${VENV}${delimiter}${process.env.PATH}` };
  try {
    return (await run(command, args, { cwd: options.cwd ?? ROOT, env, maxBuffer: 64 * 1_048_576 })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(" ")}\n${stdout}${stderr}`, { cause: error });
  }
}

/** Why a test cannot run here; false: it can. With CI=true nothing is skipped, and the test then fails by itself. */
export function without(program: "go" | "python"): string | false {
  if (process.env.CI === "true") return false;
  if (program === "python")
    return existsSync(join(VENV, "openapi-python-client"))
      ? false
      : "needs .venv: python3 -m venv .venv && .venv/bin/pip install -r .ci/requirements.txt";
  const paths = (process.env.PATH ?? "").split(delimiter);
  return paths.some((path) => existsSync(join(path, "go"))) ? false : "needs Go 1.24 or newer on the PATH";
}
