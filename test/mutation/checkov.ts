import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { JsonObject } from "../../local/terraform-json/index.ts";
import { readable } from "../../ops/scan.ts";
import type { Mutant } from "./mutants.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
/** In one run: more at once take more memory, and no less time each. */
const BATCH = 20;

interface Report {
  readonly results: {
    readonly failed_checks: readonly { check_id: string; resource: string; file_path: string }[];
  };
}

/**
 * Which mutants checkov notices, a batch at a time: a check fails that holds for the stack as it is.
 *
 * @param checkov the program
 * @yields each mutant of a batch, and whether it was noticed
 */
export async function* noticedByCheckov(
  checkov: string,
  root: JsonObject,
  mutants: readonly Mutant[],
): AsyncGenerator<readonly (readonly [Mutant, boolean])[]> {
  for (let start = 0; start < mutants.length; start += BATCH) {
    const batch = mutants.slice(start, start + BATCH);
    const [asItIs, ...failures] = await failuresOf(checkov, [root, ...batch.map((mutant) => mutant.apply())]);
    yield batch.map((mutant, index) => [
      mutant,
      [...failures[index]!].some((failure) => !asItIs!.has(failure)),
    ]);
  }
}

/** The failed checks of each stack: `CKV_AWS_274 aws_iam_role.Name`. */
async function failuresOf(checkov: string, stacks: readonly JsonObject[]): Promise<Set<string>[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "catalog-mutants-"));
  try {
    for (const [index, stack] of stacks.entries()) {
      await mkdir(path.join(folder, String(index)));
      await writeFile(path.join(folder, String(index), "main.tf.json"), JSON.stringify(readable(stack)));
    }
    const config = path.join(ROOT, ".checkov.yaml");
    const args = ["--directory", folder, "--config-file", config, "--output", "json", "--soft-fail"];
    const { stdout } = await promisify(execFile)(checkov, args, { maxBuffer: 2 ** 28 });
    const { results } = JSON.parse(stdout) as Report;
    return stacks.map(
      (_, index) =>
        new Set(
          results.failed_checks
            .filter(({ file_path }) => file_path.startsWith(`/${index}/`))
            .map(({ check_id, resource }) => `${check_id} ${resource}`),
        ),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
