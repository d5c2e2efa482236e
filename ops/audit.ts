#!/usr/bin/env node
import { parseArgs, styleText } from "node:util";
import { audit, type Finding } from "./audit/index.ts";
import { Plan } from "./plan-json.ts";
import { SynthesisFailed, synthesise } from "./synthesise.ts";
import { Configuration, UnreadableDocument } from "./terraform-json.ts";

const USAGE = `Usage: npm run audit -- [cdk.tf.json] [--plan plan.json] [--json]

Checks each constraint of the brief, and what AWS and Terraform demand beside it, as one named rule.
Without a file the stack is synthesised with the settings of the environment, and that is checked.

  --plan FILE   check a plan too: the output of \`terraform show -json <plan>\`
  --json        print the findings as JSON, for machines
  --help        print this

Exits with 0 when every rule holds, with 1 when one is broken or a file cannot be read.`;

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!isUsersMistake(error)) throw error;
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { plan: { type: "string" }, json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  if (positionals.length > 1) throw new UnreadableDocument("Give one cdk.tf.json at most; see --help.");
  const config = positionals[0] ? Configuration.read(positionals[0]) : new Configuration(await synthesise());
  const findings = audit(config, values.plan ? Plan.read(values.plan) : undefined);
  process.stdout.write(values.json ? `${JSON.stringify(findings, null, 2)}\n` : table(findings));
  return findings.some(({ result }) => result === "fail") ? 1 : 0;
}

function isUsersMistake(error: unknown): boolean {
  return (
    error instanceof UnreadableDocument ||
    error instanceof SynthesisFailed ||
    String((error as { code?: string }).code).startsWith("ERR_PARSE_ARGS")
  );
}

/** The rules by theme, what breaks them beneath, and a count at the end. */
function table(findings: readonly Finding[]): string {
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
  return `${lines.slice(1).join("\n")}\n\naudit: ${counts}\n`;
}

function mark({ result }: Finding): string {
  if (result === "unchecked") return styleText("dim", "  – ");
  return result === "pass" ? styleText("green", "pass") : styleText("red", "FAIL");
}
