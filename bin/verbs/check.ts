import { command } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { jsonOption, printResult } from "../../cli/output.ts";

export default command("check", { 0: "every rule holds", 1: "a rule is broken, or a file cannot be read" })
  .description(
    "Checks each constraint of the brief (docs/REQUIREMENTS.md), and what AWS and Terraform demand beside it, as one named rule. Without a file " +
      "the stack is synthesised with the settings of the environment, and that is checked.",
  )
  .argument("[file]", "a synthesised cdk.tf.json")
  .option("--plan <file>", "check a plan too: the output of `terraform show -json PLAN`")
  .addOption(jsonOption)
  .action(async (file, { plan, json }) => {
    const { check } = await import("../../ops/check.ts");
    const { table } = await import("../../ops/audit/report.ts");
    const findings = await check({ file, plan, signal: interruption() });
    printResult(findings, json, table);
    if (findings.some(({ result }) => result === "fail")) process.exitCode = 1;
  });
