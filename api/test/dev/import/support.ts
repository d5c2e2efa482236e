import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Note } from "../../../dev/import/ledger.ts";
import type { Summary } from "../../../dev/import/summary.ts";
import { type ImportOptions, importFile } from "../../../dev/import.ts";

export interface Outcome extends Summary {
  format: string;
  stopped: string | undefined;
  errors: Note[];
  warnings: Note[];
}

let files = 0;

/** Imports a file of this content. */
export async function importText(
  folder: string,
  content: string | Uint8Array,
  options: Partial<ImportOptions> & { url: string },
): Promise<Outcome> {
  const file = join(folder, `import-${files++}.csv`);
  await writeFile(file, content);
  return importFile(
    file,
    { patience: 0, key: "a-key-0123456789", signal: new AbortController().signal, ...options },
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
