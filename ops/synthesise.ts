import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { JsonObject } from "./terraform-json.ts";

const ROOT = resolve(import.meta.dirname, "..");

/** The stack could not be synthesised; the message is what the program itself said. */
export class SynthesisFailed extends Error {
  override readonly name = "SynthesisFailed";
}

/**
 * Runs `node bin/tap.ts` into a temporary folder, which is removed again, and returns the Terraform JSON.
 *
 * @param settings environment variables over those of this process
 * @throws SynthesisFailed with what the program said, for a setting that cannot be
 */
export async function synthesise(settings: Record<string, string | undefined> = {}): Promise<JsonObject> {
  const folder = await mkdtemp(join(tmpdir(), "catalog-synth-"));
  try {
    await promisify(execFile)(process.execPath, [join(ROOT, "bin/tap.ts")], {
      cwd: ROOT,
      env: { ...process.env, ...settings, CDKTF_OUTDIR: folder },
    });
    return JSON.parse(await readFile(join(folder, "stacks/TapStack/cdk.tf.json"), "utf8"));
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim();
    throw said ? new SynthesisFailed(said) : error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
