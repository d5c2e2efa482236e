import { command } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { jsonOption, say } from "../../cli/output.ts";
import { environmentOf, fileToWrite, settingsOf, settingsOption, suffixOption } from "../environment.ts";

export default command("rotate", {
  0: "the new secret is in use, and every verification holds",
  1: "not confirmed, or failed",
})
  .description(
    "Makes a new secret and brings it into use: raises its version in the settings file by one, and deploys. What that does to " +
      "running tasks and to the old value is in docs/SECURITY_GUIDE.md, Rotation.",
  )
  .argument("<secret>", "api-keys, database-password, database-owner-password or origin-token")
  .addOption(settingsOption)
  .addOption(suffixOption)
  .option("--yes", "do not ask")
  .addOption(jsonOption)
  .action(async (secret, { yes, json, ...options }) => {
    const { nextVersion } = await import("../../ops/rotate.ts");
    const before = environmentOf(options);
    const { setting, from, to } = nextVersion(secret, before);
    const file = fileToWrite(before);
    const { deployChanged } = await import("../../ops/deploy/changed-setting.ts");
    const { printDeployed } = await import("../../ops/deploy/report.ts");
    const { confirmPlan } = await import("../../ops/deploy/confirm-plan.ts");
    const { openSession } = await import("../../ops/environment/session.ts");
    const signal = interruption();
    const { awsClients } = await import("../../ops/aws.ts");
    const { demandService, partsOf } = await import("../../ops/deploy/ecs.ts");
    const { findTerraform } = await import("../../ops/tools.ts");
    findTerraform(); // said before anything is asked or written
    await demandService(awsClients(), await partsOf(before, signal));
    say(`${setting} goes from ${from} to ${to}, in ${file}.`);
    const deployed = await deployChanged({
      ...{ file, setting, value: String(to) },
      open: () => openSession(settingsOf(options), signal),
      confirm: confirmPlan({ question: "Rotate? Type yes:", yes, signal }),
    });
    printDeployed(deployed, json, { setting, from, to });
  });
