/** Drills in a terminal: what goes on, and tables of what came out. */
import { styleText } from "node:util";
import { alignColumns } from "../../../cli/table.ts";
import { milliseconds, seconds } from "../../page/format.js";
import type { DrillProgress, DrillResult } from "./result.ts";

export function describeProgress({ title, step, sent, failed, startedAt }: DrillProgress): string {
  const elapsed = Math.round((Date.now() - startedAt) / 1000);
  return `${title}: ${step} · ${sent} sent, ${failed} failed · ${elapsed} s`;
}

export function describeResult({
  title,
  ok,
  checks,
  load,
  startedAt,
  endedAt,
  ...times
}: DrillResult): string {
  const phases = load.phases.map(({ name, reads }) => [
    name,
    `p50 ${milliseconds(reads.p50)}`,
    `p99 ${milliseconds(reads.p99)}`,
  ]);
  return [
    `${verdict(ok)} ${styleText("bold", title)} (${seconds((endedAt - startedAt) / 1000)})`,
    ...alignColumns(
      checks.map((check) => [
        `  ${verdict(check.ok)}`,
        check.name,
        check.measured,
        quiet(`(${check.expected})`),
      ]),
    ),
    `  ${load.sent} requests sent, ${load.failed} failed, ${load.shed} shed; ` +
      `noticed after ${seconds(times.detectSeconds)}, well again after ${seconds(times.recoverSeconds)}`,
    ...alignColumns(
      phases.map((cells) => cells.map((cell, index) => quiet(index === 0 ? `  reads ${cell}` : cell))),
    ),
    ...load.failures
      .slice(0, 3)
      .map(({ at, method, path, outcome }) =>
        quiet(`  not well, sent after ${seconds((at - startedAt) / 1000)}: ${method} ${path}: ${outcome}`),
      ),
  ].join("\n");
}

export function describeAll(results: DrillResult[]): string {
  const head = [
    "",
    "drill",
    "sent",
    "failed",
    "shed",
    "p99 before",
    "during",
    "after",
    "noticed",
    "well again",
    "took",
    "rang",
  ];
  const rows = results.map(({ name, ok, load, startedAt, endedAt, rang, ...times }) => [
    verdict(ok),
    name,
    ...[load.sent, load.failed, load.shed].map(String),
    ...["before", "during", "after"].map((phase) =>
      milliseconds(load.phases.find((each) => each.name === phase)?.reads.p99),
    ),
    seconds(times.detectSeconds),
    seconds(times.recoverSeconds),
    seconds((endedAt - startedAt) / 1000),
    rang.join(", ") || "–",
  ]);
  return alignColumns([head.map(quiet), ...rows]).join("\n");
}

function verdict(ok: boolean): string {
  return ok ? styleText("green", "✔") : styleText("red", "✘");
}

function quiet(text: string): string {
  return styleText("dim", text);
}
