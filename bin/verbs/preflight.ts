import { command } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { jsonOption, printResult } from "../../cli/output.ts";
import { environmentOf, settingsOption, suffixOption } from "../environment.ts";

export default command("preflight", {
  0: "nothing stands against a deployment",
  1: "something does, named with what mends it",
})
  .description(
    "Asks AWS, within 20 seconds, whether a deployment of these settings can succeed: credentials, state bucket, image, " +
      "Aurora version and class, quotas, names of secrets, certificates, DNS, what an earlier run left, alarm mails. Changes " +
      "nothing.",
  )
  .addOption(settingsOption)
  .addOption(suffixOption)
  .addOption(jsonOption)
  .action(async ({ json, ...options }) => {
    const settings = environmentOf(options);
    const { awsClients } = await import("../../ops/aws.ts");
    const { synthesise } = await import("../../local/synthesise.ts");
    const { preflight } = await import("../../ops/preflight/preflight.ts");
    const { report } = await import("../../ops/preflight/report.ts");
    const signal = interruption();
    const stack = await synthesise(settings.variables, signal);
    const findings = await preflight({ aws: awsClients(), settings, stack, signal });
    printResult(findings, json, report);
    if (findings.some(({ result }) => result === "fail")) process.exitCode = 1;
  });
