import { writeFile } from "node:fs/promises";
import { command, decimal } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { jsonOption, printResult } from "../../cli/output.ts";
import { environmentOf, settingsOption, suffixOption } from "../environment.ts";

export default command("estimate")
  .description(
    "Estimates how long this configuration takes to deploy and to destroy, by the longest chain of known durations, and what " +
      "it costs by AWS's list prices. Asks nothing of AWS but, with --price-list, today's prices.",
  )
  .addOption(settingsOption)
  .addOption(suffixOption)
  .option("--requests <millions>", "requests at the edge, in millions a month", decimal(0, 1e6), 10)
  .option("--hit-ratio <share>", "share that the edge answers", decimal(0, 1), 0.9)
  .option("--gigabytes <gb>", "sent to customers, in GB a month", decimal(0, 1e9), 50)
  .option("--tasks <n>", "tasks that run on average", decimal(0, 1000), 2)
  .option("--database-gigabytes <gb>", "stored in the database, in GB", decimal(0, 131_072), 20)
  .option("--log-gigabytes <gb>", "written to log groups, in GB a month", decimal(0, 1e6), 5)
  .option(
    "--price-list",
    "take the prices from AWS's price list, which needs pricing:GetProducts; what it does not tell stays as it was written down",
  )
  .option("--svg <file>", "draw the deployment as a Gantt chart")
  .addOption(jsonOption)
  .action(async ({ settings, suffix, svg, json, priceList, ...usage }) => {
    const { variables } = environmentOf({ settings, suffix });
    const { synthesise } = await import("../../local/synthesise.ts");
    const { Configuration } = await import("../../local/terraform-json/index.ts");
    const { cost } = await import("../../ops/estimate/cost.ts");
    const { ganttSvg } = await import("../../ops/estimate/gantt.ts");
    const { TABLE } = await import("../../ops/estimate/prices.ts");
    const { report } = await import("../../ops/estimate/report.ts");
    const { timetable } = await import("../../ops/estimate/time.ts");
    const config = new Configuration(await synthesise(variables, interruption()));
    const [create, destroy] = [timetable(config, "create"), timetable(config, "destroy")];
    const table = priceList ? await listedToday() : TABLE;
    const money = cost(config, usage, table);
    if (svg) await writeFile(svg, ganttSvg(create));
    printResult({ create, destroy, cost: money, ...table }, json, () => report(create, destroy, money));
  });

async function listedToday() {
  const { awsClients } = await import("../../ops/aws.ts");
  const { readPriceList } = await import("../../ops/estimate/price-list.ts");
  return readPriceList(awsClients().pricing);
}
