import { command } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { jsonOption, printResult } from "../../cli/output.ts";

export default command("scan", {
  0: "nothing is found that is not refused",
  1: "something is, or nothing was read",
})
  .description(
    "Lets an outside scanner (checkov) read the stack with every option on. What it finds and this project refuses stands in " +
      ".checkov.yaml, each with its reason in docs/SECURITY_GUIDE.md.",
  )
  .argument("[file]", "a synthesised cdk.tf.json")
  .addOption(jsonOption)
  .action(async (file, { json }) => {
    const { scanStack } = await import("../../ops/scan.ts");
    const { findCheckov, skipWithout } = await import("../../ops/tools.ts");
    const tools = skipWithout("scan", () => findCheckov());
    if (!tools) return;
    const { findings, passed } = await scanStack(tools.checkov, file, interruption());
    const lines = findings.map(({ check, address, name }) => `${check}  ${address}  ${name}\n`);
    printResult(
      findings,
      json,
      () => `${lines.join("")}checkov: ${passed} checks passed, ${findings.length} failed`,
    );
    if (findings.length > 0) process.exitCode = 1;
  });
