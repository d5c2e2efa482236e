import { styleText } from "node:util";
import { count } from "../progress.ts";
import type { Ledger, Note } from "./ledger.ts";

/** What became of the rows: each is counted once. */
export interface Summary {
  rows: number;
  created: number;
  updated: number;
  unchanged: number;
  failed: number;
  /** Not sent, since the import ended early. */
  unsent: number;
  /** Sent, and no answer came: written or not. A repeat of the import settles it. */
  unknown: number;
}

export interface Report {
  file: string;
  format: string;
  dryRun: boolean;
  summary: Summary;
  ledger: Ledger;
  /** Why the import ended before the end of the file. */
  stopped: string | undefined;
}

const SHOWN = 50;

export const isClean = ({ summary, stopped }: Pick<Report, "summary" | "stopped">): boolean =>
  stopped === undefined && summary.failed === 0 && summary.unsent === 0 && summary.unknown === 0;

/** For people: what is refused and what is only said, each text once with its first line, then one sentence for the whole. */
export function printReport(report: Report, output: NodeJS.WriteStream): void {
  const { file, summary, ledger } = report;
  const red = (text: string) => styleText("red", text, { stream: output });
  const yellow = (text: string) => styleText("yellow", text, { stream: output });
  for (const [kind, colour, what] of [
    ["warning", yellow, "warnings"],
    ["error", red, "refused"],
  ] as const) {
    const { kinds, more } = ledger.kinds(kind, SHOWN);
    for (const { line, message, lines } of kinds) {
      const others = lines > 1 ? ` and ${count(lines - 1)} more` : "";
      output.write(`${colour(`${file}, line ${line}${others}:`)} ${message}\n`);
    }
    if (more > 0) output.write(`and ${count(more)} more ${what}; --json lists all of them\n`);
  }
  output.write(`${inWords(report)}\n`);
  if (summary.failed > 0 && !report.dryRun)
    output.write("Mend these lines and import the file again: what is there already is not written twice.\n");
  if (report.stopped !== undefined) output.write(`${red("The import ended early:")} ${report.stopped}.\n`);
}

function inWords({ dryRun, summary }: Report): string {
  const { rows, created, updated, unchanged, failed, unsent, unknown } = summary;
  const numbers = [
    [created, dryRun ? "would be created" : "created"],
    [updated, dryRun ? "would be updated" : "updated"],
    [unchanged, "unchanged"],
    [failed, "refused"],
  ] as const;
  const rest = [
    [unsent, dryRun ? "not checked by the API" : "not sent"],
    [unknown, "sent without an answer (import the file again: what is there already is not written twice)"],
  ] as const;
  const list = [...numbers, ...rest.filter(([number]) => number > 0)];
  return `${count(rows)} ${rows === 1 ? "row" : "rows"}: ${list.map(([number, what]) => `${count(number)} ${what}`).join(", ")}${dryRun ? "; nothing was written" : ""}.`;
}

/** For programs: the same as one JSON object, written as it goes, since a million refusals need not be in memory. */
export function printJson({ summary, ledger, stopped, format }: Report, output: NodeJS.WriteStream): void {
  const head = JSON.stringify({ ...summary, format, ...(stopped !== undefined && { stopped }) });
  output.write(head.slice(0, -1));
  printNotes(`,"errors":[`, ledger.notes("error"), output);
  printNotes(`],"warnings":[`, ledger.notes("warning"), output);
  output.write("]}\n");
}

function printNotes(before: string, notes: Iterable<Note>, output: NodeJS.WriteStream): void {
  let text = before;
  let separator = "";
  for (const { line, message } of notes) {
    text += `${separator}${JSON.stringify({ line, message })}`;
    separator = ",";
    if (text.length > 65_536) {
      output.write(text);
      text = "";
    }
  }
  output.write(text);
}
