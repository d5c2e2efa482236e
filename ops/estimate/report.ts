import { styleText } from "node:util";
import type { Cost } from "./cost.ts";
import { ganttText, minutes } from "./gantt.ts";
import { PRICES, type Price } from "./prices.ts";
import type { Timetable } from "./time.ts";

/** Time, then money, then what both rest on. */
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
      ({ what, monthly, from }) =>
        `  ${what.padEnd(width)} ${monthly.toFixed(2).padStart(9)}  ${styleText("dim", from)}`,
    ),
    `  Free: ${cost.free.map((type) => type.replace(/^aws_/, "")).join(", ")}.`,
    ...(cost.unpriced.length > 0
      ? [styleText("yellow", `  Not in the table of prices: ${cost.unpriced.join(", ")}.`)]
      : []),
    "",
    "Times are those of other deployments, from public logs. Prices are AWS's list prices in ops/estimate/prices.ts, each",
    `with its date and whence it is: ${counted("aws")} read in AWS's page, ${counted("quoted")} where it is quoted, ${counted("memory")} from memory, the classes of the`,
    "database among them. Compare those with AWS's pages before a budget rests on them.",
  ].join("\n");
}

const counted = (basis: Price["basis"]): number =>
  Object.values(PRICES).filter((price) => price.basis === basis).length;
