import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream/promises";
import { UserError } from "../../cli/user-error.ts";
import type { BulkRow } from "../src/writes/schemas.ts";
import { developmentSecret } from "./database.ts";
import { type CategoryRow, readTree, rowsOfTree } from "./import/categories.ts";
import { quoted } from "./import/csv.ts";
import { joinList } from "./import/list-cell.ts";
import { count, Progress } from "./progress.ts";

export interface ExportOptions {
  readonly url: string;
  readonly key?: string;
  readonly signal: AbortSignal;
}

/**
 * Writes the whole catalogue into a file that the import takes back: a table when its name ends in .csv, JSON lines otherwise.
 * The file is there once it is whole.
 *
 * @throws UserError when the API does not give it
 */
export async function exportCatalogue(file: string, options: ExportOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "catalog-export-"));
  try {
    const lines = join(folder, "rows.ndjson");
    const columns = new Set<string>();
    const progress = new Progress("rows", 1);
    let rows = 0;
    async function* texts(): AsyncGenerator<string> {
      for await (const row of allRows(options)) {
        for (const [column] of cellsOf(row)) columns.add(column);
        rows++;
        yield `${JSON.stringify(row)}\n`;
      }
    }
    await pipeline(texts, createWriteStream(lines));
    progress.done(rows);
    const part = `${file}.part`;
    if (file.endsWith(".csv")) await pipeline(() => table(lines, columns), createWriteStream(part));
    else await pipeline(createReadStream(lines), createWriteStream(part));
    await rename(part, file);
    process.stdout.write(`${count(rows)} rows are in ${file}.\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Categories first, empty ones and their order included, so that products find them. */
async function* allRows(options: ExportOptions): AsyncGenerator<ExportedRow> {
  const trees = await readTree(options.url, options.signal);
  for (const category of rowsOfTree(trees)) yield { category };
  yield* exportedRows(options);
}

/** A variant with what its product is, or a category. */
type ExportedRow = BulkRow | { category: CategoryRow };

/** All rows of the catalogue, those of one product behind each other. */
export async function* exportedRows({ url, key, signal }: ExportOptions): AsyncGenerator<BulkRow> {
  const secret = key ?? process.env.API_KEY ?? (await developmentSecret("api-key"));
  let after: string | null = "";
  while (after !== null) {
    const address = new URL("/v1/export", url);
    if (after !== "") address.searchParams.set("after", after);
    const page: { rows: BulkRow[]; next: string | null } = await readPage(address, secret, signal);
    yield* page.rows;
    after = page.next;
  }
}

async function readPage(address: URL, key: string, signal: AbortSignal) {
  const response = await fetch(address, { headers: { "x-api-key": key }, signal }).catch((error: Error) => {
    signal.throwIfAborted();
    throw new UserError(
      `${address.origin} did not answer: ${(error.cause as Error | undefined)?.message ?? error.message}.`,
    );
  });
  const body = (await response.json().catch(() => undefined)) as never;
  if (response.ok && body) return body;
  const { detail = "it is no catalogue API" } = (body ?? {}) as { detail?: string };
  throw new UserError(`${address.origin} did not give the catalogue (${response.status}: ${detail}).`);
}

/** Columns that every table has, in the order in which one reads them; attributes and currencies follow. */
const FIRST = ["sku", "product.slug", "product.name", "product.brand", "gtin", "availability"];

async function* table(lines: string, found: ReadonlySet<string>): AsyncGenerator<string> {
  const columns = [...new Set([...FIRST, ...[...found].sort()])];
  yield `${columns.map(quoted).join(",")}\n`;
  for await (const line of createInterface({ input: createReadStream(lines) })) {
    const cells = new Map(cellsOf(JSON.parse(line)));
    yield `${columns.map((column) => quoted(cells.get(column) ?? "")).join(",")}\n`;
  }
}

/** A row's members by the paths that an import's columns have. What has no value has no cell. */
export function cellsOf(row: ExportedRow): [string, string][] {
  if ("category" in row)
    return Object.entries(row.category).map(([name, value]) => [`category.${name}`, String(value ?? "")]);
  const { product = {}, prices, attributes, sales, ...members } = row;
  const { categories, images, attributes: shared, ...texts } = product;
  const named = (prefix: string, object: object | null | undefined): [string, string][] =>
    Object.entries(object ?? {}).map(([name, value]) => [`${prefix}.${name}`, String(value)]);
  const cells: [string, string][] = [
    ...Object.entries(members).map(([name, value]): [string, string] => [name, String(value ?? "")]),
    ...named("prices", prices),
    ...named("attributes", attributes),
    ["sales", sales && sales.length > 0 ? JSON.stringify(sales) : ""],
    ...Object.entries(texts).map(([name, value]): [string, string] => [
      `product.${name}`,
      String(value ?? ""),
    ]),
    ["product.categories", joinList(categories ?? [])],
    ["product.images", joinList((images ?? []).map(({ url, alt }) => (alt ? `${url} ${alt}` : url)))],
    ...named("product.attributes", shared),
  ];
  return cells.filter(([, value]) => value !== "");
}
