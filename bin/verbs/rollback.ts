import { command } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { UserError } from "../../cli/user-error.ts";
import { environmentOf, settingsOption, suffixOption } from "../environment.ts";

export default command("rollback", {
  0: "the image before runs, and every verification holds",
  1: "nothing to go back to, not confirmed, or failed",
})
  .description(
    "Deploys the last image that reached a steady state before the present one, and writes it into the settings file, so that " +
      "the next plan is empty. The schema stays: migrations are compatible with the version before.",
  )
  .addOption(settingsOption)
  .addOption(suffixOption)
  .option("--yes", "do not ask")
  .option("--json", "print the result as JSON")
  .action(async ({ yes, json, ...options }) => {
    const before = environmentOf(options);
    const { file } = before;
    if (!file) throw new UserError("Give --settings: the image that is gone back to is written there.");
    const signal = interruption(() => process.exit(130));
    const { synthesise } = await import("../../local/synthesise.ts");
    const { awsClients } = await import("../../ops/aws.ts");
    const { serviceNameOf } = await import("../../ops/deploy/ecs.ts");
    const { wayBack } = await import("../../ops/rollback.ts");
    const { writeSetting } = await import("../../ops/environment/settings-file.ts");
    const { confirm, openSession } = await import("../../ops/environment/session.ts");
    const { deploy } = await import("../../ops/deploy/index.ts");
    const { report } = await import("../../ops/deploy/report.ts");
    const { summary } = await import("../../ops/deploy/summary.ts");
    const { image, from } = await wayBack(
      awsClients(),
      serviceNameOf(await synthesise(before.variables, signal)),
    );
    // Written first: a deployment that is cut short is gone on with by the next one.
    writeSetting(file, "CONTAINER_IMAGE", image);
    const session = openSession(environmentOf(options), signal);
    session.say(`From ${from}\nback to ${image}, now in ${file}.`);
    let confirmed = false;
    const deployed = await deploy(session, {
      confirm: async ({ changes }) => {
        session.say(summary(changes));
        if (!yes && changes.length > 0) await confirm("Roll back? Type yes:", "yes", "--yes", signal);
        confirmed = true;
      },
    }).catch((error: unknown) => {
      // Nothing was begun: the file is as it was.
      if (!confirmed) writeSetting(file, "CONTAINER_IMAGE", from);
      throw error;
    });
    console.log(json ? JSON.stringify({ image, from, ...deployed }) : report(deployed));
    if (deployed.verification.some(({ holds }) => !holds)) process.exitCode = 1;
  });
