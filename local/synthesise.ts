/** Makes the stack's Terraform JSON as anybody does: by running the way in to the stack, as a program. */
import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { ending } from "../cli/interruption.ts";
import { UserError } from "../cli/user-error.ts";
import type { JsonObject } from "./terraform-json/index.ts";

const ROOT = resolve(import.meta.dirname, "..");

/** The stack could not be synthesised; the message is what the program itself said. */
export class SynthesisFailed extends UserError {
  override readonly name = "SynthesisFailed";
}

/** Environment variables over those of this process; undefined takes one away. */
export type Settings = Readonly<Record<string, string | undefined>>;

/**
 * Synthesises the stack into a folder.
 *
 * @param signal ends it early; it then rejects with the signal's reason. @default when the command is told to end
 * @returns the path of the `cdk.tf.json`
 * @throws SynthesisFailed with what the program said, for a setting that cannot be
 */
export async function synthesiseInto(
  folder: string,
  settings: Settings = {},
  signal = ending(),
): Promise<string> {
  try {
    await promisify(execFile)(process.execPath, [join(ROOT, "bin/synth.js")], {
      cwd: ROOT,
      env: { ...process.env, ...settings, CDKTF_OUTDIR: resolve(folder) },
      signal,
    });
  } catch (error) {
    signal?.throwIfAborted();
    const said = (error as { stderr?: string }).stderr?.trim();
    throw said ? new SynthesisFailed(said) : error;
  }
  return join(folder, "stacks/TapStack/cdk.tf.json");
}

/**
 * Synthesises the stack and returns its Terraform JSON; no file stays.
 *
 * @throws SynthesisFailed with what the program said, for a setting that cannot be
 */
export async function synthesise(settings: Settings = {}, signal = ending()): Promise<JsonObject> {
  const folder = await mkdtemp(join(tmpdir(), "catalog-synth-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.on("exit", remove); // a command that is told to end waits for nothing
  try {
    return JSON.parse(await readFile(await synthesiseInto(folder, settings, signal), "utf8"));
  } finally {
    await rm(folder, { recursive: true, force: true });
    process.off("exit", remove);
  }
}
