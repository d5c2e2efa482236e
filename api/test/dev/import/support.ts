import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { Note } from "../../../dev/import/ledger.ts";
import type { ImportOptions } from "../../../dev/import/options.ts";
import type { Summary } from "../../../dev/import/summary.ts";
import { importFile } from "../../../dev/import.ts";
import { startApi, type TestApi } from "../../support/api.ts";

export interface Outcome extends Summary {
  format: string;
  stopped: string | undefined;
  errors: Note[];
  warnings: Note[];
}

/** An API that listens, and a folder for files, until the tests of the file are over. */
export async function startImports(): Promise<{ api: TestApi; url: string; folder: string }> {
  const api = await startApi();
  after(() => api.close());
  const url = await api.app.listen({ port: 0, host: "127.0.0.1" });
  const folder = await mkdtemp(join(tmpdir(), "catalog-import-"));
  after(() => rm(folder, { recursive: true }));
  return { api, url, folder };
}

const { IMPORT_RUNS } = process.env;

/** For fast-check: the same cases each time, so that a defect found by chance stops nobody; IMPORT_RUNS=1000 tries so many new ones. */
export const runs = (of = 40) => ({
  numRuns: IMPORT_RUNS === undefined ? of : Math.ceil((Number(IMPORT_RUNS) * of) / 40),
  endOnFailure: true,
  ...(IMPORT_RUNS === undefined && { seed: 13 }),
});

let files = 0;

/** Imports a file of this content; undefined: one that is not there; or by its name. */
export async function importText(
  folder: string,
  content: string | Uint8Array | { name: string } | undefined,
  options: Partial<ImportOptions> & { url: string },
): Promise<Outcome> {
  const isNamed = typeof content === "object" && "name" in content;
  const file = join(folder, isNamed ? content.name : `import-${files++}.csv`);
  if (content !== undefined && !isNamed) await writeFile(file, content);
  return importFile(
    file,
    { timeout: 0, key: "a-key-0123456789", signal: new AbortController().signal, ...options },
    ({ summary, ledger, format, stopped }) => ({
      ...summary,
      format,
      stopped,
      errors: [...ledger.notes("error")].map((note) => ({ ...note })),
      warnings: [...ledger.notes("warning")].map((note) => ({ ...note })),
    }),
  );
}

/** How many rows the summary accounts for: each once. */
export const accounted = ({ created, updated, unchanged, failed, unsent, unknown }: Summary): number =>
  created + updated + unchanged + failed + unsent + unknown;
