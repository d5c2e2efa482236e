import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { printResult } from "../cli/output.ts";

const RESULTS = join(import.meta.dirname, "results");

/**
 * Prints a report, and keeps it in `bench/results/`, whatever was printed.
 *
 * @param name of the file, without its ending
 * @param json whether to print `figures` as JSON instead of the Markdown
 */
export async function publish(
  name: string,
  json: boolean | undefined,
  figures: unknown,
  markdown: string,
): Promise<void> {
  await mkdir(RESULTS, { recursive: true });
  await writeFile(join(RESULTS, `${name}.md`), markdown);
  await writeFile(join(RESULTS, `${name}.json`), `${JSON.stringify(figures, null, 2)}\n`);
  printResult(figures, json, () => markdown);
}
