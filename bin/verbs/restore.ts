import { InvalidArgumentError } from "@commander-js/extra-typings";
import { command } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { environmentOf, settingsOption, suffixOption } from "../environment.ts";

const MINUTES = { m: 1, h: 60, d: 24 * 60 };

/** With its zone, since a time without one means another moment to each reader; or how long ago. */
function moment(text: string): Date {
  const [, count, unit] = /^(\d{1,4})([mhd])$/.exec(text) ?? [];
  const time = unit
    ? new Date(Date.now() - Number(count) * MINUTES[unit as keyof typeof MINUTES] * 60_000)
    : new Date(/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : Number.NaN);
  if (Number.isNaN(time.getTime()))
    throw new InvalidArgumentError(
      "Choose a time as 2026-11-28T10:15:00Z, or how long ago as 15m, 2h or 3d.",
    );
  return time;
}

export default command("restore", {
  0: "restored, and what was asked for is copied; or removed",
  1: "the moment cannot be had, or AWS failed; run it again to go on",
})
  .description(
    "Gets data back: makes a cluster beside the environment's database, as that was at a moment, and copies tables of it, by a one-off " +
      "task, into tables named products_restored and so on, for you to compare and to take over what was lost. The tables that serve are not " +
      "touched. Waits for AWS, which takes some minutes at least; interrupted, it goes on when it is run again. --remove takes the cluster away.",
  )
  .addOption(settingsOption)
  .addOption(suffixOption)
  .option(
    "--to <time>",
    "the moment, as 2026-11-28T10:15:00Z, or how long ago, as 15m, 2h or 3d (default: the latest that can be had)",
    moment,
  )
  .option("--table <name...>", "copy these tables of the catalogue: products, variants …")
  .option("--remove", "take the restored cluster away; copied tables stay until you drop them")
  .option("--json", "print the result as JSON")
  .action(async ({ to, table: tables = [], remove, json, ...options }) => {
    const settings = environmentOf(options);
    const signal = interruption();
    const { awsClients } = await import("../../ops/aws.ts");
    const { serviceNameOf } = await import("../../ops/deploy/ecs.ts");
    const { endRestore, restore } = await import("../../ops/restore/index.ts");
    const { synthesise } = await import("../../local/synthesise.ts");
    const say = (line: string) => void process.stderr.write(`${line}\n`);
    const common = { signal, say, aws: awsClients(), suffix: settings.suffix };
    if (remove) {
      await endRestore(common);
      console.log(json ? JSON.stringify({ removed: true }) : "The restored cluster is gone.");
      return;
    }
    const name = serviceNameOf(await synthesise(settings.variables, signal));
    const restored = await restore({ ...common, name, to, tables });
    if (json) console.log(JSON.stringify(restored));
    else {
      for (const line of restored.copied) console.log(line);
      console.log(`${restored.cluster} answers at ${restored.endpoint}, with the owner's present password.`);
      console.log(
        "When you have what you need: the same command with --remove. It costs as much as a writer until then.",
      );
    }
  });
