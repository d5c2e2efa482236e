/** What a check found, for people. */
import { styleText } from "node:util";
import type { Finding } from "./audit.ts";

/** The rules by theme, what breaks them beneath, and a count at the end. */
export function table(findings: readonly Finding[]): string {
  const checked = findings.filter(({ result }) => result !== "unchecked");
  const failed = checked.filter(({ result }) => result === "fail");
  const width = Math.max(...findings.map(({ rule }) => rule.length));
  const lines: string[] = [];
  let theme = "";
  for (const finding of findings) {
    if (finding.theme !== theme) {
      theme = finding.theme;
      const skipped = finding.result === "unchecked" ? " (not checked: give --plan)" : "";
      lines.push("", styleText("bold", theme) + skipped);
    }
    lines.push(`  ${mark(finding)} ${finding.rule.padEnd(width)}  ${finding.words}`);
    for (const { address, message } of finding.violations) {
      lines.push(styleText("red", `         ${address}: ${message}`));
    }
    for (const { address, message } of finding.exceptions) {
      lines.push(styleText("dim", `         ${address}: ${message}`));
    }
  }
  const counts = `${checked.length} rules checked, ${checked.length - failed.length} hold, ${failed.length} broken`;
  return `${lines.slice(1).join("\n")}\n\ncheck: ${counts}\n`;
}

function mark({ result }: Finding): string {
  if (result === "unchecked") return styleText("dim", "  – ");
  return result === "pass" ? styleText("green", "pass") : styleText("red", "FAIL");
}
