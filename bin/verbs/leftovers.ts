import { command } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { jsonOption, printResult } from "../../cli/output.ts";
import { UserError } from "../../cli/user-error.ts";
import { environmentOf, settingsOption, suffixOption } from "../environment.ts";

export default command("leftovers", {
  0: "nothing is left but what is kept on purpose",
  1: "failed, or something is left",
})
  .description(
    "Lists all that exists of an environment in the account of your AWS credentials, by name, by tag and by the VPC that it " +
      "stands in, each with the command that removes it. Names are compared whole: prod is not prod2. What outlives an environment on " +
      "purpose, the snapshots of destroy --keep-data and the role of bootstrap --github, is told apart. For after a destroy.",
  )
  .addOption(settingsOption)
  .addOption(suffixOption)
  .option(
    "--clean",
    "delete log groups that AWS wrote anew, and deregister task definitions; not while anything but these and snapshots is left",
  )
  .addOption(jsonOption)
  .action(async ({ clean, json, ...options }) => {
    const { suffix, values } = environmentOf(options);
    if (!values.ENVIRONMENT_SUFFIX)
      throw new UserError("Say which environment: --settings FILE, or --suffix prod.");
    interruption(); // a call that broke off changes nothing, or is made again by the next run
    const { awsClients } = await import("../../ops/aws.ts");
    const { auditLeftovers } = await import("../../ops/leftovers/leftovers.ts");
    const { report } = await import("../../ops/leftovers/report.ts");
    const found = await auditLeftovers(awsClients(), suffix, { clean });
    printResult(found, json, report);
    if (found.left.length > 0) process.exitCode = 1;
  });
