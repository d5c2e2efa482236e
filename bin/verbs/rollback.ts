import { command } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { environmentOf, fileToWrite, settingsOption, suffixOption } from "../environment.ts";

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
  .option("--json", "print the result as JSON")
  .action(async ({ yes, json, ...options }) => {
    const before = environmentOf(options);
    const file = fileToWrite(before);
    const signal = interruption(() => process.exit(130));
    const { synthesise } = await import("../../local/synthesise.ts");
    const { awsClients } = await import("../../ops/aws.ts");
    const { serviceNameOf } = await import("../../ops/deploy/ecs.ts");
    const { wayBack } = await import("../../ops/rollback.ts");
    const { confirm, openSession } = await import("../../ops/environment/session.ts");
    const { deployChanged } = await import("../../ops/deploy/changed-setting.ts");
    const { report } = await import("../../ops/deploy/report.ts");
    const { effectsInWords, effectsOf } = await import("../../ops/deploy/effects.ts");
    const { summary } = await import("../../ops/deploy/summary.ts");
    const { findTerraform } = await import("../../ops/tools.ts");
    findTerraform(); // said before AWS is asked for a way back that could not be taken
    const { image, from } = await wayBack(
      awsClients(),
      serviceNameOf(await synthesise(before.variables, signal)),
      before.values.CONTAINER_IMAGE,
    );
    const say = (line: string) => void process.stderr.write(`${line}\n`);
    say(`From ${from}\nback to ${image}, in ${file}.`);
    const deployed = await deployChanged({
      ...{ file, setting: "CONTAINER_IMAGE", value: image },
      open: () => openSession(environmentOf(options), signal),
      confirm: async (planned) => {
        const { changes } = planned;
        say(summary(changes, effectsInWords(effectsOf(planned), changes)));
        if (!yes && changes.length > 0) await confirm("Roll back? Type yes:", "yes", "--yes", signal);
      },
    });
    console.log(json ? JSON.stringify({ image, from, ...deployed }) : report(deployed));
    if (deployed.verification.some(({ holds }) => !holds)) process.exitCode = 1;
  });
