/** A forecast as text. */

import { styleText } from "node:util";
import { alignColumns } from "../../cli/table.ts";
import type { Choice, Limits, Summary } from "./choices.ts";
import { CLASSES, maxConnections } from "./classes.ts";
import type { Service } from "./service.ts";
import type { Minute } from "./simulate.ts";

export interface Forecast {
  service: Service;
  limits: Limits;
  minutes: readonly Minute[];
  summary: Summary;
  /** The cheapest first. */
  choices: readonly Choice[];
  /** What it rests on, one sentence each. */
  assumptions: readonly string[];
}

const whole = (value: number) => Math.round(value).toLocaleString("en");
const percent = (share: number) => `${(100 * share).toFixed(share > 0 && share < 0.001 ? 4 : 2)} %`;

/** @param every minutes in one line, of which it shows the worst. */
export function toText(
  { service, limits, minutes, summary, choices, assumptions }: Forecast,
  every: number,
): string {
  const bold = (text: string) => styleText("bold", text);
  const verdict = summary.carries
    ? styleText("green", "These settings carry it.")
    : styleText("red", "These settings do not carry it.");
  return [
    `${bold("Forecast")}   ${minutes.length} minutes, ${whole(summary.requests)} requests. ${verdict}`,
    `  ${percent(summary.refused)} refused (${whole(summary.shed)} shed, ${whole(summary.failed)} failed; at most ${percent(limits.refused)}),`,
    `  slowest minute's p99 of what the database answers ${whole(summary.worstP99)} ms (at most ${whole(limits.p99)} ms),`,
    `  at most ${summary.mostTasks} of ${service.maximum} tasks, CPU ${whole(summary.mostCpu)} %, ${service.databaseClass} ${whole(summary.mostDatabaseCpu)} %${creditsOf(summary)},`,
    `  ${connectionsOf(service)}`,
    `  ${summary.usd.toFixed(2)} USD for tasks and database meanwhile.`,
    "",
    `${bold("By the minute")}, the worst of each ${every === 1 ? "minute" : `${every} minutes`}`,
    ...table(minutes, every),
    "",
    ...offered(choices, service.maximum, bold),
    "",
    bold("It rests on"),
    ...assumptions.map((line) => `  ${line}`),
    "",
  ].join("\n");
}

function creditsOf({ leastCredits }: Summary): string {
  if (leastCredits === undefined) return "";
  return leastCredits < 0
    ? `, ${whole(-leastCredits)} CPU credits past its own, which are paid for`
    : `, ${whole(leastCredits)} CPU credits left at the least`;
}

function connectionsOf({ maximum, poolMax, databaseClass }: Service): string {
  const database = CLASSES[databaseClass];
  const limit = database ? maxConnections(database) : Number.NaN;
  // A deployment runs twice the tasks for a while.
  const rolling = 2 * maximum * poolMax;
  const room = rolling <= limit ? "enough" : "too few";
  return `connections: ${maximum * poolMax} at ${maximum} tasks, ${rolling} while a deployment rolls; ${databaseClass} allows ${limit}: ${room},`;
}

const COLUMNS: readonly [heading: string, of: (minute: Minute) => string][] = [
  ["minute", ({ minute }) => String(minute)],
  ["requests/s", ({ requests }) => whole(requests)],
  ["tasks", ({ serving, desired }) => (serving === desired ? `${serving}` : `${serving} of ${desired}`)],
  ["CPU %", ({ cpu }) => whole(cpu)],
  ["database %", ({ databaseCpu }) => whole(databaseCpu)],
  ["p99 ms", ({ p99 }) => whole(p99)],
  ["shed/s", ({ shed }) => whole(shed)],
  ["failed/s", ({ failed }) => whole(failed)],
  ["credits", ({ credits }) => (credits === undefined ? "–" : whole(credits))],
];

function table(minutes: readonly Minute[], every: number): string[] {
  const worst = minutes
    .filter(({ minute }) => minute % every === 0)
    .map(({ minute }) =>
      minutes
        .slice(minute, minute + every)
        .reduce((a, b) => (b.shed + b.failed > a.shed + a.failed || b.cpu > a.cpu ? { ...b, minute } : a)),
    );
  const rows = [COLUMNS.map(([heading]) => heading), ...worst.map((row) => COLUMNS.map(([, of]) => of(row)))];
  return alignColumns(rows, "right").map((line) => `  ${line}`);
}

function offered(choices: readonly Choice[], maximum: number, bold: (text: string) => string): string[] {
  if (choices.length === 0)
    return [
      bold("No settings carry it"),
      `  with up to ${maximum} tasks (MAX_TASKS) and any class of database that ops/estimate/prices.ts has a price of: only fewer`,
      "  requests that reach the tasks would, by answers that the edge keeps for longer, or by fewer searches and writes.",
    ];
  return [
    bold("Settings that carry it, the cheapest first"),
    ...choices.map(({ settings, usd, mostTasks, worstP99 }) => {
      const named = Object.entries(settings).map(([name, value]) => `${name}='${value}'`);
      return `  ${usd.toFixed(2).padStart(8)} USD  ${named.join(" ")}  (${mostTasks} tasks at most, p99 ${whole(worstP99)} ms)`;
    }),
  ];
}
