import { UserError } from "../../cli/user-error.ts";
import { validateRow } from "../src/writes/rows.ts";
import type { BulkRow } from "../src/writes/schemas.ts";
import { developmentSecret } from "./database.ts";
import { CategoryWriter, isCategoryRow } from "./import/categories.ts";
import type { FileRow } from "./import/json.ts";
import { Ledger } from "./import/ledger.ts";
import { inNamesOf } from "./import/naming.ts";
import { formatOptions, type ImportOptions, refuseIdleOptions } from "./import/options.ts";
import { readRows } from "./import/rows.ts";
import { SendingStopped, type Sent, sendRows, type Target, withLine } from "./import/send.ts";
import { openSource } from "./import/source.ts";
import { isClean, printJson, printReport, type Report, type Summary } from "./import/summary.ts";
import { describeGone, findGone, removeGone } from "./import/sync.ts";
import { Progress } from "./progress.ts";

/** Half of what a batch may have, in rows and in bytes: 1,000 rows and 8 MiB. */
const BATCH_ROWS = 1_000;
const BATCH_BYTES = 4 * 1_048_576;

/**
 * Imports a file through the API and prints what came of it, whatever happens on the way.
 *
 * @returns whether every row is as the file wants it
 * @throws UserError for a file that cannot be read; nothing was written then
 */
export async function importCatalogue(file: string, options: ImportOptions): Promise<boolean> {
  const clean = await importFile(file, options, (report) => {
    (options.json ? printJson : printReport)(report, process.stdout);
    return isClean(report);
  });
  options.signal.throwIfAborted();
  return clean;
}

/**
 * The same, for whoever wants to know what came of it.
 *
 * @param use is given the report, which is valid while it runs
 */
export async function importFile<T>(
  file: string,
  options: ImportOptions,
  use: (report: Report) => T,
): Promise<T> {
  const { url, dryRun = false } = options;
  if (!URL.canParse(url))
    throw new UserError(`--url ${url}: must be an address such as https://shop.example.com`);
  const key = options.key ?? process.env.API_KEY ?? (await developmentSecret("api-key"));
  const source = await openSource(file, options.encoding);
  const { format, kind, names, rows } = await readRows(source, await formatOptions(file, options));
  refuseIdleOptions(`${file} was taken for ${format}`, kind, options);
  const ledger = new Ledger();
  try {
    const target = { url, key, dryRun, timeoutMs: options.timeout * 1000, signal: options.signal };
    const progress = new Progress("lines", Math.max(source.lines, 1));
    const run = new Import(ledger, target, progress, inNamesOf(names));
    const { stopped, error, read = source.lines } = await run.all(rows);
    const { summary } = run;
    if (summary.rows === 0 && error instanceof UserError) throw error;
    if (summary.rows === 0 && stopped === undefined)
      throw new UserError(`${file} has no rows, only what stands above them: there is nothing to import.`);
    progress.done(read);
    const result = use({ file, format, dryRun, summary, ledger, stopped });
    if (options.sync) await sync(target, ledger, isClean({ summary, stopped }), options.sync);
    if (error !== undefined && !(error instanceof UserError)) throw error;
    return result;
  } finally {
    ledger.close();
  }
}

/** @throws UserError when not every row was taken: what a refused row is about would be lost */
async function sync(
  target: Target,
  ledger: Ledger,
  clean: boolean,
  confirm: NonNullable<ImportOptions["sync"]>,
): Promise<void> {
  if (!clean)
    throw new UserError(
      "Nothing was removed, since not every row was taken: mend the rows that were refused, and import again.",
    );
  const gone = await findGone(target, ledger);
  if (gone.products + gone.variants === 0) return;
  const words = describeGone(gone);
  process.stderr.write(`In the catalogue and not in the file: ${words}.\n`);
  if (target.dryRun) return;
  await confirm(words);
  await removeGone(target, ledger);
  process.stderr.write(`Removed: ${words}.\n`);
}

interface Waiting {
  line: number;
  row: BulkRow;
  json: string;
}

class Import {
  readonly summary: Summary = {
    rows: 0,
    created: 0,
    updated: 0,
    unchanged: 0,
    failed: 0,
    unsent: 0,
    unknown: 0,
  };
  readonly #ledger: Ledger;
  readonly #target: Target;
  readonly #progress: Progress;
  readonly #categories: CategoryWriter;
  readonly #inNamesOfFile: (message: string) => string;
  #batch: Waiting[] = [];
  #bytes = 0;
  #readAll = false;
  /** Why nothing more is sent; the rows are checked all the same. */
  #stopped: string | undefined;

  /** @param inNamesOfFile says a message about a row's members in the names that the file has for them */
  constructor(
    ledger: Ledger,
    target: Target,
    progress: Progress,
    inNamesOfFile: (message: string) => string,
  ) {
    this.#ledger = ledger;
    this.#inNamesOfFile = inNamesOfFile;
    this.#target = target;
    this.#progress = progress;
    this.#categories = new CategoryWriter(target);
  }

  /** Whatever happens: what was written has been written, and the report must say so. */
  async all(rows: AsyncIterable<FileRow>): Promise<{ stopped?: string; error: unknown; read?: number }> {
    let error: unknown;
    let read: number | undefined;
    try {
      for await (const row of rows) {
        if (this.#target.signal.aborted) {
          this.#stopped ??= `it was interrupted, and nothing was read from line ${row.line} on`;
          read = row.line - 1;
          break;
        }
        await this.#take(row);
        this.#progress.update(row.line);
      }
      await this.#flush();
      this.#readAll = true;
      for (const { line, row } of this.#ledger.deferred()) await this.#add(line, row);
      await this.#flush();
    } catch (thrown) {
      error = thrown;
      this.#stopped ??= (thrown as Error).message.replace(/\.$/, "");
      this.summary.unsent += this.#batch.length;
    }
    return { error, ...(this.#stopped && { stopped: this.#stopped }), ...(read && { read }) };
  }

  async #take({ line, raw, warnings = [] }: FileRow): Promise<void> {
    this.#warn(line, warnings);
    if (!raw) return;
    this.summary.rows++;
    if ("value" in raw && isCategoryRow(raw.value)) return this.#takeCategory(line, raw.value);
    // The API's own check, before anything is sent: a wrong row costs no request.
    const { row, error, warnings: more = [] } = validateRow(raw);
    this.#warn(line, more);
    if (row !== undefined && CHANGED.test(row.sku)) this.#warn(line, [changedSku(row.sku)]);
    const mistake = row === undefined ? (error ?? "is not valid") : this.#ledger.enterSku(row.sku, line);
    if (row === undefined || mistake !== undefined) return this.#fail(line, mistake!);
    await this.#add(line, row);
  }

  /** It is written at once: rows below it may name it. */
  async #takeCategory(line: number, value: unknown): Promise<void> {
    if (this.#stopped !== undefined) {
      this.summary.unsent++;
      return;
    }
    const outcome = await this.#categories.take(value);
    if (typeof outcome === "string") this.summary[outcome]++;
    else this.#fail(line, outcome.error);
  }

  /** A row that is taken up again at the end of the file is in the books already. */
  async #add(line: number, row: BulkRow): Promise<void> {
    const json = JSON.stringify(this.#target.dryRun ? this.#withMade(row) : row);
    if (!this.#readAll && json.includes("\ufffd")) this.#warn(line, [REPLACED]);
    const bytes = Buffer.byteLength(json) + 1;
    if (this.#batch.length === BATCH_ROWS || this.#bytes + bytes > BATCH_BYTES) await this.#flush();
    this.#batch.push({ line, row, json });
    this.#bytes += bytes;
  }

  /** In a dry run the API does not know the products and categories that the rows before would have made. */
  #withMade(row: BulkRow): BulkRow {
    if (row.product === undefined) return row;
    const made = row.product.slug === undefined ? undefined : this.#ledger.made(row.product.slug);
    const categories = row.product.categories?.map((id) => this.#categories.reference(id));
    return { ...row, product: { ...made, ...row.product, ...(categories && { categories }) } };
  }

  #fail(line: number, message: string): void {
    this.summary.failed++;
    this.#ledger.note("error", line, this.#inNamesOfFile(message));
  }

  #warn(line: number, messages: readonly string[]): void {
    for (const message of messages) this.#ledger.note("warning", line, this.#inNamesOfFile(message));
  }

  async #flush(): Promise<void> {
    const given = this.#batch;
    this.#batch = [];
    this.#bytes = 0;
    if (given.length === 0) return;
    const batch = this.#readAll ? given : await this.#withoutContradictions(given);
    if (batch.length === 0) return;
    if (this.#stopped !== undefined) {
      this.summary.unsent += batch.length;
      return;
    }
    const open = new Set(batch);
    const lineOf = (row: number) => batch[row]!.line;
    try {
      await sendRows(
        this.#target,
        batch.map(({ json }) => json),
        (index, result) => {
          open.delete(batch[index]!);
          this.#settle(batch[index]!, result, lineOf);
        },
      );
    } catch (error) {
      if (!(error instanceof SendingStopped)) throw error;
      this.#stopped = `${error.message} (the first row without an answer is in line ${[...open][0]!.line})`;
      this.summary[error.unsure ? "unknown" : "unsent"] += open.size;
    }
  }

  /** Compares each row with all before it, be they in batches that were sent long ago. */
  async #withoutContradictions(batch: Waiting[]): Promise<Waiting[]> {
    const slugs = await this.#slugsOf(batch);
    return batch.filter((waiting) => {
      const { line, row } = waiting;
      const mistake = this.#ledger.enter(row, line, row.product?.slug ?? slugs.get(row.sku));
      if (mistake !== undefined) this.#fail(line, mistake);
      return mistake === undefined;
    });
  }

  /** Which product a row without a slug is about, its SKU or its name says: the API is asked, and writes nothing. */
  async #slugsOf(batch: readonly Waiting[]): Promise<Map<string, string>> {
    const asked = batch.filter(
      ({ row: { product, gtin } }) => product?.slug === undefined && (product !== undefined || Boolean(gtin)),
    );
    const slugs = new Map<string, string>();
    if (asked.length === 0 || this.#stopped !== undefined) return slugs;
    try {
      await sendRows(
        { ...this.#target, dryRun: true },
        asked.map(({ json }) => json),
        (_, { sku, slug }) => {
          if (sku !== undefined && slug !== undefined) slugs.set(sku, slug);
        },
      );
    } catch (error) {
      if (!(error instanceof SendingStopped)) throw error;
      this.#stopped = `${error.message} (the first row without an answer is in line ${batch[0]!.line})`;
    }
    return slugs;
  }

  #settle(
    { line, row }: Waiting,
    { status, error, warnings = [] }: Sent,
    lineOf: (row: number) => number,
  ): void {
    this.#warn(line, warnings);
    // The row that says what the product is may stand further down.
    if (status === "failed" && !this.#readAll && needsItsProduct(row)) this.#ledger.defer(line, row);
    else if (status === "failed") this.#fail(line, withLine(error ?? "was refused", lineOf));
    else {
      this.summary[status]++;
      if (this.#target.dryRun) this.#ledger.markMade(row);
    }
  }
}

const REPLACED =
  'holds "\ufffd" (U+FFFD), which stands where a tool could not read a character: export the file anew, as UTF-8';

/** `4.0E+12`: a number as a spreadsheet shows it. */
const CHANGED = /^\d([.,]\d+)?E\+\d+$/i;
const changedSku = (sku: string): string =>
  `sku ${JSON.stringify(sku)} is kept as it is; usually a spreadsheet changed a number into it: have the column as text there, and export it again`;

const needsItsProduct = ({ product }: BulkRow): boolean =>
  product?.slug !== undefined && (product.name === undefined || product.brand === undefined);
