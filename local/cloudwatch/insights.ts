/**
 * CloudWatch Logs Insights, as far as the saved queries use it: `fields`, `filter`, `parse`, `stats`, `sort` and `limit`
 * (CloudWatch Logs user guide, "CloudWatch Logs Insights language query syntax").
 */
import { embeddedJson, leaves } from "../terraform-json/index.ts";
import { type Notes, Reader, type Row } from "./insights-syntax.ts";

/** A line of a log stream. */
export interface LogLine {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly stream: string;
  readonly message: string;
}
/** Fields of a line: those that Insights gives each, and those that it discovers in JSON. */
export function fieldsOf({ at, stream, message }: LogLine): Row {
  const discovered = embeddedJson(message);
  return {
    "@timestamp": new Date(at).toISOString(),
    "@logStream": stream,
    "@message": message,
    ...Object.fromEntries(
      discovered === undefined
        ? []
        : [...leaves(discovered)].map(({ path, value }) => [path, value ?? undefined]),
    ),
  };
}

/** The fields that a query reads, without those that it makes itself. @throws SyntaxError */
export function fieldsRead(query: string): string[] {
  const read = new Set<string>();
  const made = new Set<string>();
  run(query, [], { read: (field) => read.add(field), made: (field) => made.add(field) });
  return [...read].filter((field) => !made.has(field));
}

/**
 * What a query answers of some lines: the newest first, unless it sorts them; groups as they are met.
 *
 * @throws SyntaxError that says where a query stops to make sense, or what in it is not known here
 */
export const resultsOf = (query: string, lines: readonly LogLine[]): readonly Row[] => run(query, lines);

const UNNOTED: Notes = { read() {}, made() {} };

function run(query: string, lines: readonly LogLine[], notes = UNNOTED): readonly Row[] {
  const reader = new Reader(query, notes);
  let rows: readonly Row[] = lines.toSorted((one, other) => other.at - one.at).map(fieldsOf);
  let shown: readonly string[] | undefined = ["@timestamp", "@message"];
  for (let command = reader.name(); ; command = reader.name()) {
    if (command === "fields") shown = reader.list(() => reader.field());
    else if (command === "filter") rows = rows.filter(reader.condition());
    else if (command === "parse") rows = rows.map(reader.pattern());
    else if (command === "sort") rows = rows.toSorted(reader.order());
    else if (command === "limit") rows = rows.slice(0, reader.number());
    else if (command === "stats") {
      rows = reader.statistics()(rows);
      shown = undefined;
    } else throw reader.error("a command");
    if (!reader.takes("|")) break;
  }
  reader.end();
  if (shown === undefined) return rows;
  const columns = shown;
  return rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column]])));
}
