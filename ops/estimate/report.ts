import { styleText } from "node:util";
import type { Cost } from "./cost.ts";
import { ganttText, minutes } from "./gantt.ts";
import { type Price, type PriceTable, TABLE } from "./prices.ts";
import type { Timetable } from "./time.ts";

/** Time, then money, then what both rest on. */
export function report(
  create: Timetable,
  destroy: Timetable,
  cost: Cost,
  prices: PriceTable["prices"] = TABLE.prices,
): string {
  const counted = (basis: Price["basis"]): number =>
    Object.values(prices).filter((price) => price.basis === basis).length;
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
    "Times are those of other deployments, from public logs. Prices are AWS's list prices, each with its date and whence it is (--json has",
    `them): ${counted("aws")} read at AWS, ${counted("quoted")} where it is quoted, ${counted("memory")} from memory, and those of the database's classes. Compare what is not`,
    "read at AWS before a budget rests on it; with --price-list most of it is.",
  ].join("\n");
}
