import { styleText } from "node:util";
import type { Deployed } from "./deploy.ts";

/** What holds, then where everything is. */
export function report({ suffix, verification, outputs, changes, local }: Deployed): string {
  const width = Math.max(...verification.map(({ what }) => what.length));
  const lines = verification.map(({ what, holds, seen }) => {
    const mark = holds ? styleText("green", "holds") : styleText("red", "FAILS");
    return `  ${mark}  ${what.padEnd(width)}  ${styleText("dim", seen)}`;
  });
  const failed = verification.filter(({ holds }) => !holds).length;
  const names = Math.max(0, ...Object.keys(outputs).map((name) => name.length));
  return [
    ...lines,
    "",
    ...Object.entries(outputs).map(([name, value]) => `  ${name.padEnd(names)}  ${value}`),
    ...(local ? ["", `  On this machine: the edge ${local.edge}, the balancer ${local.balancer}`] : []),
    "",
    failed === 0
      ? `'${suffix}' is deployed and verified, ${changes} changes.`
      : `'${suffix}' is deployed, but ${failed} of ${verification.length} verifications do not hold.`,
  ].join("\n");
}
