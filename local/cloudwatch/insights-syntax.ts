/** The syntax of CloudWatch Logs Insights' queries, read into what each part does to lines. */

/** Of a field. */
type Value = string | number | boolean | undefined;
/** What a query answers, by column. */
export type Row = Readonly<Record<string, Value>>;

/** Whom it tells which fields a query reads, and which it makes. */
export interface Notes {
  read(field: string): void;
  made(field: string): void;
}

type Test = (row: Row) => boolean;
type Aggregate = (rows: readonly Row[]) => Value;

const TOKEN =
  /\s*("(?:[^"\\]|\\.)*"|`[^`]+`|\/(?:[^/\\]|\\.)+\/|\d+[smhd]\b|\d+(?:\.\d+)?|@?[A-Za-z_][\w.]*|>=|<=|!=|[=<>()[\],*|])/y;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

const COMPARE: Readonly<Record<string, (a: Value, b: Value) => boolean>> = {
  "=": (a, b) => a !== undefined && String(a) === String(b),
  "!=": (a, b) => a !== undefined && String(a) !== String(b),
  ">": (a, b) => toNumber(a) > toNumber(b),
  ">=": (a, b) => toNumber(a) >= toNumber(b),
  "<": (a, b) => toNumber(a) < toNumber(b),
  "<=": (a, b) => toNumber(a) <= toNumber(b),
};
/** NaN for what is no number, and no comparison holds for that. */
const toNumber = (value: Value) => (value === undefined || value === "" ? Number.NaN : Number(value));

/** Reads a query from left to right. */
export class Reader {
  readonly #query: string;
  readonly #notes: Notes;
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(query: string, notes: Notes) {
    this.#query = query;
    this.#notes = notes;
    const tokens: string[] = [];
    TOKEN.lastIndex = 0;
    for (let end = 0; end < query.trimEnd().length; end = TOKEN.lastIndex) {
      const token = TOKEN.exec(query)?.[1];
      if (token === undefined)
        throw new SyntaxError(`'${query}': '${query.slice(end, end + 20)}' is not known here`);
      tokens.push(token);
    }
    this.#tokens = tokens;
  }

  error(expected: string): SyntaxError {
    return new SyntaxError(
      `'${this.#query}': ${expected} should follow, not '${this.#tokens[this.#at] ?? "its end"}'`,
    );
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw this.error("'|'");
  }

  takes(token: string): boolean {
    const found = this.#tokens[this.#at] === token;
    if (found) this.#at++;
    return found;
  }

  list<T>(one: () => T): T[] {
    const all = [one()];
    while (this.takes(",")) all.push(one());
    return all;
  }

  name(): string {
    return this.#take(/^[A-Za-z_]\w*$/, "a word");
  }

  number(): number {
    return Number(this.#take(/^\d+(\.\d+)?$/, "a number"));
  }

  field(): string {
    const field = this.#take(/^(@?[A-Za-z_]|`)/, "a field").replaceAll("`", "");
    this.#notes.read(field);
    return field;
  }

  /** `a = 1 and (b in ["x"] or not ispresent(c))`; `and` binds more than `or`. */
  condition(): Test {
    const tests = [this.#conjunction()];
    while (this.takes("or")) tests.push(this.#conjunction());
    return (row) => tests.some((test) => test(row));
  }

  /** `parse url /^(?<path>[^?]+)/`, or `parse @message "duration: * ms" as ms`. */
  pattern(): (row: Row) => Row {
    const field = this.field();
    const token = this.#take(/^["/]/, "a pattern");
    if (token.startsWith("/")) {
      const pattern = new RegExp(token.slice(1, -1));
      for (const [, name] of token.matchAll(/\(\?<(\w+)>/g)) this.#notes.made(name!);
      return (row) => ({ ...row, ...pattern.exec(String(row[field] ?? ""))?.groups });
    }
    const parts = textOf(token)
      .split("*")
      .map((part) => RegExp.escape(part));
    const pattern = new RegExp(`${parts.join("(.*?)")}${parts.at(-1) === "" ? "$" : ""}`, "s");
    this.#expect("as");
    const names = this.list(() => this.#made());
    return (row) => {
      const found = pattern.exec(String(row[field] ?? ""));
      return found
        ? { ...row, ...Object.fromEntries(names.map((name, index) => [name, found[index + 1]])) }
        : row;
    };
  }

  order(): (one: Row, other: Row) => number {
    const field = this.field();
    const rises = this.takes("asc");
    if (!rises) this.takes("desc");
    return (one, other) => (rises ? 1 : -1) * compared(one[field], other[field]);
  }

  /** `count(*) as answers, pct(ms, 50) as p50 by problem, bin(1m)` */
  statistics(): (rows: readonly Row[]) => readonly Row[] {
    const columns = this.list((): [string, Aggregate] => {
      const aggregate = this.#aggregate();
      this.#expect("as");
      return [this.#made(), aggregate];
    });
    const keys = this.takes("by") ? this.list(() => this.#key()) : [];
    return (rows) => {
      const groups = Map.groupBy(rows, (row) => JSON.stringify(keys.map(([, of]) => of(row) ?? null)));
      return [...groups.values()].map((group) =>
        Object.fromEntries([
          ...keys.map(([name, of]) => [name, of(group[0]!)]),
          ...columns.map(([name, aggregate]) => [name, aggregate(group)]),
        ]),
      );
    };
  }

  #take(pattern: RegExp, expected: string): string {
    const token = this.#tokens[this.#at];
    if (token === undefined || !pattern.test(token)) throw this.error(expected);
    this.#at++;
    return token;
  }

  #expect(token: string): void {
    if (!this.takes(token)) throw this.error(`'${token}'`);
  }

  #made(): string {
    const name = this.name();
    this.#notes.made(name);
    return name;
  }

  #conjunction(): Test {
    const tests = [this.#test()];
    while (this.takes("and")) tests.push(this.#test());
    return (row) => tests.every((test) => test(row));
  }

  #test(): Test {
    if (this.takes("not")) {
      const test = this.#test();
      return (row) => !test(row);
    }
    if (this.takes("(")) {
      const test = this.condition();
      this.#expect(")");
      return test;
    }
    if (this.takes("ispresent")) {
      const field = this.#argument();
      return (row) => row[field] !== undefined;
    }
    const field = this.field();
    if (this.takes("in")) {
      this.#expect("[");
      const values = this.list(() => this.#literal());
      this.#expect("]");
      return (row) => values.some((value) => COMPARE["="]!(row[field], value));
    }
    if (this.takes("like")) {
      const token = this.#take(/^["/]/, "a pattern");
      const pattern = token.startsWith("/") ? new RegExp(token.slice(1, -1)) : undefined;
      const like = (text: string) => pattern?.test(text) ?? text.includes(textOf(token));
      return (row) => row[field] !== undefined && like(String(row[field]));
    }
    const compare = COMPARE[this.#take(/^(?:[<>!]?=|[<>])$/, "a comparison")]!;
    const value = this.#literal();
    return (row) => compare(row[field], value);
  }

  #literal(): Value {
    const token = this.#take(/^["\d]/, "a value");
    return token.startsWith('"') ? textOf(token) : Number(token);
  }

  #argument(): string {
    this.#expect("(");
    const field = this.field();
    this.#expect(")");
    return field;
  }

  #aggregate(): Aggregate {
    const name = this.name();
    this.#expect("(");
    const field = this.takes("*") ? undefined : this.field();
    const percentile = this.takes(",") ? this.number() : Number.NaN;
    this.#expect(")");
    if (name === "count")
      return (rows) => rows.filter((row) => field === undefined || row[field] !== undefined).length;
    const aggregate = AGGREGATES[name];
    if (!aggregate || field === undefined || (name === "pct") === Number.isNaN(percentile))
      throw new SyntaxError(`'${this.#query}': '${name}' of that is not known here`);
    return (rows) => {
      const numbers = rows.map((row) => toNumber(row[field])).filter((number) => !Number.isNaN(number));
      return numbers.length === 0 ? undefined : aggregate(numbers, percentile);
    };
  }

  /** What rows are grouped by: a field, or the beginning of a period. */
  #key(): [name: string, of: (row: Row) => Value] {
    if (!this.takes("bin")) {
      const field = this.field();
      return [field, (row) => row[field]];
    }
    this.#expect("(");
    const period = this.#take(/^\d+[smhd]$/, "a period");
    this.#expect(")");
    const milliseconds = 1000 * Number(period.slice(0, -1)) * SECONDS[period.at(-1)!]!;
    if (milliseconds === 0) throw new SyntaxError(`'${this.#query}': a period of nothing`);
    const begin = (row: Row) =>
      Math.floor(Date.parse(String(row["@timestamp"])) / milliseconds) * milliseconds;
    return [`bin(${period})`, (row) => new Date(begin(row)).toISOString()];
  }
}

const AGGREGATES: Readonly<Record<string, (numbers: readonly number[], percentile: number) => number>> = {
  sum: (numbers) => numbers.reduce((sum, number) => sum + number, 0),
  max: (numbers) => Math.max(...numbers),
  min: (numbers) => Math.min(...numbers),
  avg: (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length,
  pct: (numbers, percentile) =>
    numbers.toSorted((a, b) => a - b)[Math.max(0, Math.ceil((numbers.length * percentile) / 100) - 1)]!,
};

const textOf = (token: string) => token.slice(1, -1).replaceAll(/\\(.)/g, "$1");

/** Numbers by size, also those in texts; all else as text, and what is not there first. */
function compared(one: Value, other: Value): number {
  const difference = toNumber(one) - toNumber(other);
  if (!Number.isNaN(difference)) return difference;
  const [a, b] = [String(one ?? ""), String(other ?? "")];
  return a < b ? -1 : Number(a > b);
}
