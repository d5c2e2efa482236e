import { InvalidArgumentError } from "@commander-js/extra-typings";
import { command, moment } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { jsonOption, printResult, say } from "../../cli/output.ts";
import { environmentOf, settingsOption, suffixOption } from "../environment.ts";

/** Said before a cluster is waited for; whether there is such a table, only the database knows. */
function tableName(text: string, before: readonly string[] = []): string[] {
  if (/^[a-z][a-z0-9_]{0,50}$/.test(text)) return [...before, text];
  throw new InvalidArgumentError("Choose names of tables, as products variants.");
}

export default command("restore", {
  0: "restored, and what was asked for is copied; or removed",
  1: "the moment cannot be had, or AWS failed; run it again to go on",
})
  .description(
    "Gets data back: makes a cluster beside the environment's database, as that was at a moment, and copies tables of it, by a one-off " +
      "task, into tables named products_restored and so on, for you to compare and to take over what was lost. The tables that serve are not " +
      "touched. Waits for AWS, which takes some minutes at least; interrupted, it goes on when it is run again, without --to. --remove takes " +
      "the cluster away.",
  )
  .addOption(settingsOption)
  .addOption(suffixOption)
  .option(
    "--to <time>",
    "the moment, as 2026-11-28T10:15:00Z, or how long ago, as 15m, 2h or 3d (default: the latest that can be had)",
    moment({ ago: true }),
  )
  .option("--table <name...>", "copy these tables of the catalogue: products, variants …", tableName)
  .option("--remove", "take the restored cluster away; copied tables stay until you drop them")
  .addOption(jsonOption)
  .action(async ({ to, table: tables = [], remove, json, ...options }) => {
    const settings = environmentOf(options);
    const signal = interruption();
    const { awsClients } = await import("../../ops/aws.ts");
    const { partsOf } = await import("../../ops/deploy/ecs.ts");
    const { endRestore, restore } = await import("../../ops/restore/restore.ts");
    const common = { signal, say, aws: awsClients(), suffix: settings.suffix };
    if (remove) {
      await endRestore(common);
      printResult({ removed: true }, json, () => "The restored cluster is gone.");
      return;
    }
    const name = await partsOf(settings, signal);
    const restored = await restore({ ...common, name, to, tables });
    printResult(restored, json, ({ copied, cluster, endpoint }) =>
      [
        ...copied,
        `${cluster} answers at ${endpoint}, with the owner's present password.`,
        "When you have what you need: the same command with --remove. It costs as much as a writer until then.",
      ].join("\n"),
    );
  });
