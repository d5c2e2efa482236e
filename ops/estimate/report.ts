import { styleText } from "node:util";
import type { Cost, CostLine } from "./cost.ts";
import { ganttText, minutes } from "./gantt.ts";
import type { Timetable } from "./time.ts";

/** Time, then money, each line with what it rests on. */
export function report(create: Timetable, destroy: Timetable, cost: Cost): string {
  const heading = (text: string) => styleText("bold", text);
  const width = Math.max(...cost.lines.map(({ what }) => what.length));
  return [
    `${heading("Deploy")}   ${minutes(create.likely)} likely, ${minutes(create.most)} at most. The longest chain is filled.`,
    ganttText(create),
    "  At most, one after the other:",
    ...create.worst.map(
      ({ address, seconds, source }) =>
        `    ${minutes(seconds).padStart(12)}  ${address.split(".")[0]}  ${styleText("dim", source)}`,
    ),
    `${heading("Destroy")}  ${minutes(destroy.likely)} likely, ${minutes(destroy.most)} at most.`,
    ganttText(destroy),
    `${heading("Cost")}     ${cost.monthly.toFixed(0)} USD a month, ${cost.hourly.toFixed(2)} an hour, ${cost.perMillionRequests.toFixed(2)} for each further million requests`,
    ...cost.lines.map(
      ({ what, monthly, from, by }) =>
        `  ${what.padEnd(width)} ${monthly.toFixed(2).padStart(9)}  ${styleText("dim", from)}${basisOf(by)}`,
    ),
    `  Free: ${cost.free.map((type) => type.replace(/^aws_/, "")).join(", ")}.`,
    ...(cost.unpriced.length > 0
      ? [styleText("yellow", `  Not in the table of prices: ${cost.unpriced.join(", ")}.`)]
      : []),
    "",
    "Times are those of other deployments, from public logs. Prices are AWS's list prices: where a line says unverified, compare it with AWS's",
    "page before a budget rests on it; with --price-list most of them are read at AWS. --json has each price with its source and date.",
  ].join("\n");
}

/** By the least certain of its prices. */
function basisOf(prices: CostLine["by"]): string {
  const [weakest] = (["unverified", "quoted", "aws"] as const).filter((basis) =>
    prices.some((price) => price.basis === basis),
  );
  const dates = prices.map(({ asOf }) => asOf).sort();
  if (!weakest) return "";
  return weakest === "unverified"
    ? `, ${styleText("yellow", "unverified")}`
    : `, ${weakest === "aws" ? "AWS" : "as quoted"}, ${dates[0]}`;
}
