import { styleText } from "node:util";
import { printResult } from "../../cli/output.ts";
import type { Deployed } from "./deploy.ts";

/** The exit code of a command that has deployed: what does not hold is a failure, though it stands. */
export const exitCodeOf = ({ verification }: Pick<Deployed, "verification">): number =>
  verification.every(({ holds }) => holds) ? 0 : 1;

/** Prints how a deployment ended, and has the command end so. @param more what the command has to tell beside it, as JSON */
export function printDeployed(deployed: Deployed, json: boolean | undefined, more: object = {}): void {
  printResult({ ...more, ...deployed }, json, () => report(deployed));
  process.exitCode = exitCodeOf(deployed);
}

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
