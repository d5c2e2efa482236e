import { command } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { UserError } from "../../cli/user-error.ts";
import { environmentOf, settingsOption, suffixOption } from "../environment.ts";

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
  .option("--json", "print the result as JSON")
  .action(async (secret, { yes, json, ...options }) => {
    const { nextVersion } = await import("../../ops/rotate.ts");
    const before = environmentOf(options);
    const { setting, from, to } = nextVersion(secret, before);
    const { file } = before;
    if (!file) throw new UserError("Give --settings: the new version is written there.");
    const { deploy } = await import("../../ops/deploy/index.ts");
    const { report } = await import("../../ops/deploy/report.ts");
    const { summary } = await import("../../ops/deploy/summary.ts");
    const { confirm, openSession } = await import("../../ops/environment/session.ts");
    const { writeSetting } = await import("../../ops/environment/settings-file.ts");
    const signal = interruption(() => process.exit(130));
    writeSetting(file, setting, String(to));
    const session = openSession(environmentOf(options), signal);
    session.say(`${setting} goes from ${from} to ${to}, in ${file}.`);
    let confirmed = false;
    const deployed = await deploy(session, {
      confirm: async ({ changes }) => {
        session.say(summary(changes));
        if (!yes) await confirm("Rotate? Type yes:", "yes", "--yes", signal);
        confirmed = true;
      },
    }).catch((error: unknown) => {
      // Nothing was begun: the file is as it was.
      if (!confirmed) writeSetting(file, setting, String(from));
      throw error;
    });
    console.log(json ? JSON.stringify({ setting, from, to, ...deployed }) : report(deployed));
    if (deployed.verification.some(({ holds }) => !holds)) process.exitCode = 1;
  });
