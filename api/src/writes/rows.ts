import { Ajv } from "ajv";
import { explain, memberAt } from "../catalog/explain.ts";
import { gtinMistake, isEmptyGtin } from "../catalog/gtin.ts";
import { slugOf } from "../catalog/slug.ts";
import { cleanValue } from "../catalog/text.ts";
import { SLUG_PATTERN } from "../catalog/vocabulary.ts";
import { faultyBody, parseBody } from "../http/body.ts";
import { type JsonFault, parseJson } from "../http/json.ts";
import { Problem } from "../http/problem.ts";
import { mapYielding } from "../yielding.ts";
import { isPath, pathText } from "./category-paths.ts";
import { publicationMistake, spelledPublication } from "./publication.ts";
import { rowWithCategoryIds } from "./representation.ts";
import { saleMistake, spelledSales } from "./sales.ts";
import { BULK_ROWS, BulkRow } from "./schemas.ts";

/** A row as it came: parsed JSON, or the reason why it is none. */
export type RawRow = { value: unknown } | { error: string; member?: string };

/** A row of the batch; `error` when it was refused before the database was asked. */
export interface GivenRow {
  index: number;
  row: BulkRow | undefined;
  error?: string;
  /** The path to the member that the error is about. */
  member?: string;
  /** What was taken otherwise than it was given. */
  warnings?: string[];
}

const tooMany = (): Problem =>
  new Problem("content-too-large", `a batch has at most ${BULK_ROWS.toLocaleString("en")} rows`);

/** Newline-delimited JSON. A line that is no JSON is one row's mistake, not the batch's. */
export async function rowsFromNdjson(text: string): Promise<RawRow[]> {
  const lines: string[] = [];
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf("\n", start);
    const line = text.slice(start, end < 0 ? text.length : end);
    start += line.length + 1;
    if (line.trim() === "") continue;
    if (lines.length === BULK_ROWS) throw tooMany();
    lines.push(line);
  }
  return mapYielding(lines, rowFromLine);
}

function rowFromLine(line: string): RawRow {
  try {
    const { value, faults } = parseJson(line);
    return faults[0] ? faultyRow(faults[0]) : { value };
  } catch {
    return { error: "is not valid JSON" };
  }
}

const faultyRow = ({ path, message }: JsonFault): RawRow => {
  const member = path.filter((step) => step !== "").join(".");
  return { error: `${member} ${message}`.trimStart(), ...(member === "" ? {} : { member }) };
};

/** `{"rows": […]}` */
export function rowsFromJson(text: string): RawRow[] {
  const { value, faults } = parseBody(text);
  const rows = (value as { rows?: unknown } | null)?.rows;
  if (!Array.isArray(rows) || Object.keys(value as object).length !== 1) {
    throw new Problem(
      "invalid-request",
      'the body must be {"rows": [ … ]}, or one row a line as application/x-ndjson',
    );
  }
  if (rows.length > BULK_ROWS) throw tooMany();
  const around = faults.filter(({ path }) => path.length < 2);
  if (around.length > 0) throw faultyBody(around);
  const raw: RawRow[] = rows.map((row) => ({ value: row }));
  for (const { path, message } of faults.toReversed()) {
    const [, index, ...rest] = path;
    raw[index as number] = faultyRow({ path: rest, message });
  }
  return raw;
}

const ajv = new Ajv({ strict: false, verbose: true });
const SLUG = new RegExp(`^${SLUG_PATTERN}$`, "u");
let validate: ReturnType<Ajv["compile"]> | undefined;

/** Checks each row by itself, so that one mistake does not fail the others. Texts are kept as `cleanText` makes them. */
export async function validateRows(raw: RawRow[]): Promise<GivenRow[]> {
  if (raw.length === 0) throw new Problem("invalid-request", "the batch has no rows");
  return mapYielding(raw, validateRow);
}

export const validateRow = (raw: RawRow, index = 0): GivenRow =>
  "error" in raw ? { index, row: undefined, ...raw } : check(raw.value, index);

function check(given: unknown, index: number): GivenRow {
  const { value, mistake } = cleanValue(rowWithCategoryIds(given));
  if (mistake !== undefined) return { index, row: undefined, error: mistake.error, member: mistake.member };
  const warnings = emptyGtin(value);
  const gtin = mistakenGtin(value);
  if (gtin !== undefined) return { index, row: undefined, error: gtin, member: "gtin" };
  const slug = mistakenSlug(value);
  if (slug !== undefined) return { index, row: undefined, error: slug, member: "product.slug" };
  const fault = schemaMistake(value);
  if (fault !== undefined) return { index, row: undefined, ...fault };
  const sale = saleMistake((value as BulkRow).sales ?? []);
  if (sale !== undefined) return { index, row: undefined, error: `sales ${sale}`, member: "sales" };
  const time = publicationMistake((value as BulkRow).product ?? {});
  if (time !== undefined)
    return { index, row: undefined, error: `product.${time}`, member: `product.${time.split(" ")[0]}` };
  return { index, row: spelled(value as BulkRow), ...(warnings && { warnings }) };
}

/** Times, and paths of categories, in one spelling, so that rows can be compared. */
function spelled(given: BulkRow): BulkRow {
  const row = {
    ...given,
    ...(given.sales && { sales: spelledSales(given.sales) }),
    ...(given.product && { product: spelledPublication(given.product) }),
  };
  const { categories } = row.product ?? {};
  if (!categories) return row;
  const spelled = categories.map((given) => (isPath(given) ? pathText(given) : given));
  return { ...row, product: { ...row.product, categories: [...new Set(spelled)] } };
}

/** A GTIN of zeros is none. */
function emptyGtin(value: unknown): string[] | undefined {
  const row = value as { gtin?: unknown } | null;
  if (typeof row?.gtin !== "string" || !isEmptyGtin(row.gtin)) return undefined;
  const warning = `gtin ${row.gtin} is taken as none: it is all zeros`;
  row.gtin = null;
  return [warning];
}

function mistakenGtin(value: unknown): string | undefined {
  const gtin = (value as { gtin?: unknown } | null)?.gtin;
  if (typeof gtin !== "string" || gtin === "") return undefined;
  const mistake = gtinMistake(gtin);
  return mistake === undefined ? undefined : `gtin ${JSON.stringify(gtin)} ${mistake}`;
}

/** The schema says what is wrong; this says what to write instead. */
function mistakenSlug(value: unknown): string | undefined {
  const slug = (value as { product?: { slug?: unknown } } | null)?.product?.slug;
  if (typeof slug !== "string" || slug === "" || SLUG.test(slug)) return undefined;
  return `product.slug ${JSON.stringify(slug.slice(0, 60))} cannot be part of an address: write ${slugOf(slug)}, or leave it out for one that is made from the name`;
}

function schemaMistake(value: unknown): { error: string; member?: string } | undefined {
  validate ??= ajv.compile(BulkRow);
  if (validate(value)) return undefined;
  const member = memberAt(validate.errors);
  return { error: explain(validate.errors, "the row"), ...(member === "" ? {} : { member }) };
}
