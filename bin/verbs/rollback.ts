import { command } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { jsonOption, say } from "../../cli/output.ts";
import { environmentOf, fileToWrite, settingsOf, settingsOption, suffixOption } from "../environment.ts";

export default command("rollback", {
  0: "the image before runs, and every verification holds",
  1: "nothing to go back to, not confirmed, or failed",
})
  .description(
    "Deploys the last image that reached a steady state before the settings file's, and writes it into the settings file, so that " +
      "the next plan is empty. The schema stays: migrations are compatible with the version before.",
  )
  .addOption(settingsOption)
  .addOption(suffixOption)
  .option("--yes", "do not ask")
  .addOption(jsonOption)
  .action(async ({ yes, json, ...options }) => {
    const before = environmentOf(options);
    const file = fileToWrite(before);
    const signal = interruption();
    const { awsClients } = await import("../../ops/aws.ts");
    const { partsOf } = await import("../../ops/deploy/ecs.ts");
    const { wayBack } = await import("../../ops/rollback.ts");
    const { confirmPlan } = await import("../../ops/deploy/confirm-plan.ts");
    const { openSession } = await import("../../ops/environment/session.ts");
    const { deployChanged } = await import("../../ops/deploy/changed-setting.ts");
    const { printDeployed } = await import("../../ops/deploy/report.ts");
    const { findTerraform } = await import("../../ops/tools.ts");
    findTerraform(); // said before AWS is asked for a way back that could not be taken
    const { image, from } = await wayBack(
      awsClients(),
      await partsOf(before, signal),
      before.values.CONTAINER_IMAGE,
    );
    say(`From ${from}\nback to ${image}, in ${file}.`);
    const deployed = await deployChanged({
      ...{ file, setting: "CONTAINER_IMAGE", value: image },
      open: () => openSession(settingsOf(options), signal),
      confirm: confirmPlan({ question: "Roll back? Type yes:", yes, signal }),
    });
    printDeployed(deployed, json, { image, from });
  });
