import { command } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { environmentOf, fileToWrite, settingsOption, suffixOption } from "../environment.ts";

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
    const file = fileToWrite(before);
    const { deployChanged } = await import("../../ops/deploy/changed-setting.ts");
    const { report } = await import("../../ops/deploy/report.ts");
    const { effectsInWords, effectsOf } = await import("../../ops/deploy/effects.ts");
    const { summary } = await import("../../ops/deploy/summary.ts");
    const { confirm, openSession } = await import("../../ops/environment/session.ts");
    const signal = interruption(() => process.exit(130));
    const say = (line: string) => void process.stderr.write(`${line}\n`);
    say(`${setting} goes from ${from} to ${to}, in ${file}.`);
    const deployed = await deployChanged({
      ...{ file, setting, value: String(to) },
      open: () => openSession(environmentOf(options), signal),
      confirm: async (planned) => {
        const { changes } = planned;
        say(summary(changes, effectsInWords(effectsOf(planned), changes)));
        if (!yes) await confirm("Rotate? Type yes:", "yes", "--yes", signal);
      },
    });
    console.log(json ? JSON.stringify({ setting, from, to, ...deployed }) : report(deployed));
    if (deployed.verification.some(({ holds }) => !holds)) process.exitCode = 1;
  });
