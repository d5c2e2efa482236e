import { styleText } from "node:util";
import type { Finding } from "./finding.ts";

const COLOURS = { pass: "green", warn: "yellow", fail: "red" } as const;

/** A table, what mends it beneath each, and the counts. */
export function report(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ what }) => what.length));
  const lines = findings.flatMap(({ result, what, seen, mend }) => [
    `  ${styleText(COLOURS[result], result)}  ${what.padEnd(width)}  ${seen}`,
    ...(mend ? [`        ${"".padEnd(width)}  ${styleText("dim", `→ ${mend}`)}`] : []),
  ]);
  const count = (wanted: Finding["result"]) => findings.filter(({ result }) => result === wanted).length;
  return `${lines.join("\n")}\n\npreflight: ${count("pass")} pass, ${count("warn")} warn, ${count("fail")} fail`;
}
