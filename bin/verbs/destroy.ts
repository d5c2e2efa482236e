import { command } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { jsonOption, printResult } from "../../cli/output.ts";
import { environmentOf, settingsOption, suffixOption } from "../environment.ts";

export default command("destroy", {
  0: "destroyed, and nothing is left but what is kept on purpose",
  1: "not confirmed or failed; or something is left, named with the command that removes it",
})
  .description(
    "Destroys an environment, data and backups included, and lists what is left of it: by name, by tag and by VPC. Deletes " +
      "log groups that AWS wrote anew and deregisters task definitions. Interrupted, it goes on where it stopped when it is " +
      "run again.",
  )
  .addOption(settingsOption)
  .addOption(suffixOption)
  .option("--keep-data", "take a snapshot of the database first")
  .option("--yes", "do not ask for the suffix")
  .addOption(jsonOption)
  .action(async ({ yes, json, keepData = false, ...options }) => {
    const { confirm, openSession } = await import("../../ops/environment/session.ts");
    const { destroy } = await import("../../ops/destroy.ts");
    const { byType } = await import("../../ops/deploy/summary.ts");
    const { isKept } = await import("../../ops/leftovers/leftovers.ts");
    const { report } = await import("../../ops/leftovers/report.ts");
    const session = openSession(environmentOf(options), interruption());
    const { suffix } = session.settings;
    const destroyed = await destroy(session, {
      keepData,
      confirm: async (existing) => {
        const going = existing.filter((item) => !isKept(item));
        const what = going.length === 0 ? "" : `: ${byType(going)}`;
        const data = keepData ? "The data go too, after a snapshot." : "The data and their backups go too.";
        session.say(`${going.length} items of '${suffix}' go${what}. ${data}`);
        if (!yes) await confirm("Type the suffix to destroy it:", suffix, "--yes", session.signal);
      },
    });
    printResult(destroyed, json, () =>
      [report(destroyed), ...(destroyed.snapshot ? [`Its data are in ${destroyed.snapshot}.`] : [])].join(
        "\n",
      ),
    );
    if (destroyed.left.length > 0) process.exitCode = 1;
  });
