import { createHash } from "node:crypto";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { gtin14 } from "../../src/catalog/gtin.ts";
import { gtinTaken } from "../../src/writes/batch.ts";
import {
  type Claims,
  claimsOf,
  describeContradiction,
  findContradiction,
  shown,
} from "../../src/writes/claims.ts";
import type { BulkRow } from "../../src/writes/schemas.ts";

const CACHE_KIB = 24 * 1024;
/** Longer values are kept as their beginning and a digest. */
const LONGEST_VALUE = 100;

const SCHEMA = `
  PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -${CACHE_KIB};
  CREATE TABLE skus (sku TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID;
  CREATE TABLE gtins (gtin TEXT PRIMARY KEY, sku TEXT, product TEXT, line INTEGER) WITHOUT ROWID;
  CREATE TABLE products (slug TEXT PRIMARY KEY, claims TEXT, made TEXT) WITHOUT ROWID;
  CREATE TABLE deferred (line INTEGER, json TEXT);
  CREATE TABLE gone (slug TEXT, skus TEXT);
  CREATE TABLE notes (kind TEXT, line INTEGER, message TEXT);
  BEGIN`;

export interface Note {
  line: number;
  message: string;
}

/** What is said of so many lines in the same words, and the first of them. */
export interface Kind extends Note {
  lines: number;
}

/**
 * What the rows of a whole file have said so far, however large it is: in a temporary SQLite database, which the operating
 * system deletes with the process, so that the memory needed does not grow with the file.
 */
export class Ledger {
  readonly #database = new DatabaseSync("");
  readonly #statements = new Map<string, StatementSync>();

  constructor() {
    this.#database.exec(SCHEMA);
  }

  /** Takes a SKU into the books. @returns why it cannot be there, naming the line where it stands already */
  enterSku(sku: string, line: number): string | undefined {
    const twin = this.#get<{ line: number }>("SELECT line FROM skus WHERE sku = ?", sku);
    if (twin) return `SKU ${sku} stands in line ${twin.line} already: keep one of the two`;
    this.#run("INSERT INTO skus VALUES (?, ?)", sku, line);
    return undefined;
  }

  /**
   * Takes what a row says into the books.
   *
   * @param slug of the product that the row is about; undefined: nobody knows it
   * @returns why it contradicts an earlier one, naming the line of that
   */
  enter(row: BulkRow, line: number, slug: string | undefined): string | undefined {
    const product = slug ?? `\0${row.sku}`;
    return this.#contradiction(row, line, product) ?? this.#gtin(row, line, product);
  }

  #contradiction(row: BulkRow, line: number, product: string): string | undefined {
    const claims = claimsOf(row).map(([member, value]) => [member, compact(value)] as const);
    if (claims.length === 0) return undefined;
    const stored = this.#get<{ claims: string }>("SELECT claims FROM products WHERE slug = ?", product);
    const known: Claims = new Map(stored ? JSON.parse(stored.claims) : []);
    const found = findContradiction(known, claims);
    if (found) return describeContradiction(found, `line ${found.at}`, slugOf(product));
    const before = known.size;
    for (const [member, value] of claims) if (!known.has(member)) known.set(member, { value, at: line });
    if (known.size > before)
      this.#run(
        "INSERT INTO products (slug, claims) VALUES (?, ?) ON CONFLICT (slug) DO UPDATE SET claims = excluded.claims",
        product,
        JSON.stringify([...known]),
      );
    return undefined;
  }

  #gtin({ gtin, sku }: BulkRow, line: number, product: string): string | undefined {
    if (!gtin) return undefined;
    const key = gtin14(gtin);
    const owner = this.#get<{ sku: string; product: string; line: number }>(
      "SELECT sku, product, line FROM gtins WHERE gtin = ?",
      key,
    );
    if (!owner) this.#run("INSERT INTO gtins VALUES (?, ?, ?, ?)", key, sku, product, line);
    if (!owner || owner.product === product) return undefined;
    return `${gtinTaken(gtin, owner.sku, slugOf(owner.product))} (line ${owner.line})`;
  }

  /** For a dry run: what an earlier batch would have made is there for the later ones. */
  markMade({ product }: BulkRow): void {
    if (product?.slug === undefined || product.name === undefined || product.brand === undefined) return;
    const made = JSON.stringify({ name: product.name, brand: product.brand });
    this.#run("UPDATE products SET made = ? WHERE slug = ?", made, product.slug);
  }

  /** Name and brand of a product that an earlier batch would have made. */
  made(slug: string): { name: string; brand: string } | undefined {
    const row = this.#get<{ made: string | null }>("SELECT made FROM products WHERE slug = ?", slug);
    return row?.made ? JSON.parse(row.made) : undefined;
  }

  /** Keeps a row for the end of the file. */
  defer(line: number, row: BulkRow): void {
    this.#run("INSERT INTO deferred VALUES (?, ?)", line, JSON.stringify(row));
  }

  /** In the order of the file. */
  *deferred(): Generator<{ line: number; row: BulkRow }> {
    const rows = this.#prepare("SELECT line, json FROM deferred ORDER BY rowid").iterate();
    for (const { line, json } of rows as Iterable<{ line: number; json: string }>)
      yield { line, row: JSON.parse(json) };
  }

  /** Keeps what the catalogue has and the file does not. @param skus the variants that are gone; none: the whole product is */
  addGone(slug: string, skus: readonly string[]): void {
    this.#run("INSERT INTO gone VALUES (?, ?)", slug, JSON.stringify(skus));
  }

  *gone(): Generator<{ slug: string; skus: string[] }> {
    for (const { slug, skus } of this.#prepare("SELECT slug, skus FROM gone").iterate() as Iterable<{
      slug: string;
      skus: string;
    }>)
      yield { slug, skus: JSON.parse(skus) };
  }

  has(sku: string): boolean {
    return this.#get("SELECT 1 FROM skus WHERE sku = ?", sku) !== undefined;
  }

  note(kind: "error" | "warning", line: number, message: string): void {
    this.#run("INSERT INTO notes VALUES (?, ?, ?)", kind, line, message);
  }

  /** In the order of the file. */
  notes(kind: "error" | "warning"): Iterable<Note> {
    const statement = this.#prepare("SELECT line, message FROM notes WHERE kind = ? ORDER BY line");
    return statement.iterate(kind) as unknown as Iterable<Note>;
  }

  /** The first of them, each text once. @returns how many notes the others are */
  kinds(kind: "error" | "warning", limit: number): { kinds: Kind[]; more: number } {
    const statement = this.#prepare(
      "SELECT min(line) AS line, message, count(*) AS lines FROM notes WHERE kind = ? GROUP BY message ORDER BY 1 LIMIT ?",
    );
    const kinds = statement.all(kind, limit) as unknown as Kind[];
    const { all } = this.#get<{ all: number }>(`SELECT count(*) AS "all" FROM notes WHERE kind = ?`, kind)!;
    return { kinds, more: kinds.reduce((left, { lines }) => left - lines, all) };
  }

  close(): void {
    this.#database.close();
  }

  #get<T>(sql: string, ...values: (string | number)[]): T | undefined {
    return this.#prepare(sql).get(...values) as T | undefined;
  }

  #run(sql: string, ...values: (string | number)[]): void {
    this.#prepare(sql).run(...values);
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** Of what the books call a product: nobody may know it. */
const slugOf = (product: string): string | undefined => (product.startsWith("\0") ? undefined : product);

function compact(value: unknown): unknown {
  const text = JSON.stringify(value);
  if (text.length <= LONGEST_VALUE) return value;
  const start = typeof value === "string" ? value.slice(0, LONGEST_VALUE).toWellFormed() : shown(value);
  return `${start} (${createHash("sha256").update(text).digest("base64url").slice(0, 16)})`;
}
