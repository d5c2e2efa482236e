import { command, integer } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { jsonOption, printResult, say } from "../../cli/output.ts";
import { environmentOf, settingsOption, suffixOption } from "../environment.ts";

export default command("status", {
  0: "all is well",
  1: "failed, or something is not well: tasks, targets, database or an alarm",
})
  .description(
    "Shows a live environment on one screen: tasks with zone, revision and Spot; targets; scaling; the database's roles, lag " +
      "and credits; alarms; the last deployments and why tasks ended.",
  )
  .addOption(settingsOption)
  .addOption(suffixOption)
  .option("--watch [seconds]", "show it anew every few seconds, until Ctrl-C", integer(1, 3600))
  .addOption(jsonOption)
  .action(async ({ watch: seconds, json, ...options }) => {
    const signal = interruption();
    const settings = environmentOf(options);
    const { awsClients } = await import("../../ops/aws.ts");
    const { partsOf } = await import("../../ops/deploy/ecs.ts");
    const { readStatus } = await import("../../ops/status/read.ts");
    const { isUnwell, screen } = await import("../../ops/status/screen.ts");
    const { watch } = await import("../../ops/status/watch.ts");
    const name = await partsOf(settings, signal);
    const aws = awsClients();
    const everyMs = (seconds === true ? 5 : (seconds ?? 0)) * 1000;
    const look = async () => {
      const status = await readStatus(aws, settings.suffix, name);
      if (everyMs > 0 && !json && process.stdout.isTTY) console.clear();
      printResult(status, json, screen);
      process.exitCode = isUnwell(status) ? 1 : 0;
    };
    await (everyMs > 0 ? watch(look, { everyMs, signal, say }) : look());
  });
