import { styleText } from "node:util";
import type { Finding } from "./finding.ts";

const COLOURS = { pass: "green", warn: "yellow", fail: "red" } as const;

/**
 * A table, what mends it beneath each, and the counts of all.
 *
 * @param shown which findings the table has. @default "all"
 */
export function report(findings: readonly Finding[], shown: "all" | "what does not pass" = "all"): string {
  const rows = findings.filter(({ result }) => shown === "all" || result !== "pass");
  const width = Math.max(0, ...rows.map(({ what }) => what.length));
  const lines = rows.flatMap(({ result, what, seen, mend }) => [
    `  ${styleText(COLOURS[result], result)}  ${what.padEnd(width)}  ${seen}`,
    ...(mend ? [`        ${"".padEnd(width)}  ${styleText("dim", `→ ${mend}`)}`] : []),
  ]);
  const count = (wanted: Finding["result"]) => findings.filter(({ result }) => result === wanted).length;
  const table = lines.length === 0 ? "" : `${lines.join("\n")}\n${shown === "all" ? "\n" : ""}`;
  return `${table}preflight: ${count("pass")} pass, ${count("warn")} warn, ${count("fail")} fail`;
}
