import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { UserError } from "../cli/user-error.ts";
import type { JsonObject } from "./terraform-json.ts";

/** Ctrl-C and a polite kill: the temporary folder goes even then. */
const SIGNALS = ["SIGINT", "SIGTERM"] as const;
const ROOT = resolve(import.meta.dirname, "..");

/** The stack could not be synthesised; the message is what the program itself said. */
export class SynthesisFailed extends UserError {
  override readonly name = "SynthesisFailed";
}

/**
 * Runs `bin/synth.js` into a temporary folder, which is removed again, and returns the Terraform JSON.
 *
 * @param settings environment variables over those of `base`
 * @param base the whole environment of the program. @default process.env
 * @throws SynthesisFailed with what the program said, for a setting that cannot be, and when interrupted
 */
export async function synthesise(
  settings: Record<string, string | undefined> = {},
  base: NodeJS.ProcessEnv = process.env,
): Promise<JsonObject> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  for (const signal of SIGNALS) process.once(signal, interrupt);
  const folder = await mkdtemp(join(tmpdir(), "catalog-synth-"));
  try {
    await promisify(execFile)(process.execPath, [join(ROOT, "bin/synth.js")], {
      cwd: ROOT,
      env: { ...base, ...settings, CDKTF_OUTDIR: folder },
      signal: interruption.signal,
    });
    return JSON.parse(await readFile(join(folder, "stacks/TapStack/cdk.tf.json"), "utf8"));
  } catch (error) {
    if (interruption.signal.aborted) throw new SynthesisFailed("Interrupted.");
    const said = (error as { stderr?: string }).stderr?.trim();
    throw said ? new SynthesisFailed(said) : error;
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, interrupt);
    await rm(folder, { recursive: true, force: true });
  }
}
