import { readFileSync, writeFileSync } from "node:fs";
import { InvalidArgumentError } from "@commander-js/extra-typings";
import { command, decimal, integer, moment } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { jsonOption, printResult } from "../../cli/output.ts";
import type { SpotLoss } from "../../ops/forecast/simulate.ts";
import { environmentOf, settingsOption, suffixOption } from "../environment.ts";

const share = decimal(0, 1);

export default command("forecast", { 2: "these settings do not carry it, or the drill went otherwise" })
  .description(
    "Plays a sale on the synthesised stack, with AWS's clocks and what a request was measured to cost: tasks, CPU, latency, " +
      "refused requests and CPU credits by the minute, and the settings that would carry it. Asks nothing of AWS. " +
      "docs/FORECAST.md says how, and what it rests on.",
  )
  .addOption(settingsOption)
  .addOption(suffixOption)
  .option("--curve <file>", "lines of a minute and requests/s at the edge; without it, a sale")
  .option("--peak <n>", "requests/s at the peak of the sale", decimal(0, 1e8), 20_000)
  .option(
    "--begins <time>",
    "when the first minute is, as 2026-11-27T05:30:00Z, for scheduled minimums",
    moment(),
  )
  .option("--lists <share>", "of the reads", share, 0.25)
  .option("--searches <share>", "of the reads", share, 0.1)
  .option("--writes <share>", "of all requests", share, 0.001)
  .option("--products <n>", "that are asked for", integer(1, 1e9), 100_000)
  .option("--different-lists <n>", "that are asked for", integer(1, 1e9), 20_000)
  .option("--different-searches <n>", "that are asked for", integer(1, 1e9), 200_000)
  .option("--zipf <exponent>", "how much more the first are asked for than the last", decimal(0, 3), 1)
  .option("--edge-caches <n>", "caches of the edge that share nothing", integer(1, 1000), 13)
  .option(
    "--costs <file>",
    "bench/results/api.json of `npm run bench:api`, in place of the costs of docs/FORECAST.md",
  )
  .option(
    "--slowness <factor>",
    "how much longer a processor of AWS takes than the bench's",
    decimal(0.1, 20),
    1,
  )
  .option("--task-start <seconds>", "until a new task runs", decimal(0, 3600), 60)
  .option("--metric-delay <seconds>", "until an alarm sees a minute", decimal(0, 600), 60)
  .option(
    "--spot-taken <minute:tasks[:minutes]>",
    "tasks that Spot takes, and minutes for which it has no other, such as 40:3 or 40:3:15; may be repeated",
    collect,
  )
  .option("--most-refused <share>", "of all requests that may be refused", share, 0.001)
  .option("--most-p99 <ms>", "of what the database answers, in any minute", decimal(1, 60_000), 500)
  .option("--every <minutes>", "that one line of the table stands for", integer(1, 1440), 5)
  .option(
    "--drill <file>",
    "compare with the output of `bin/catalog drill spike --json`, in place of a forecast",
  )
  .option("--svg <file>", "draw it")
  .addOption(jsonOption)
  .action(async (options) => {
    const { variables } = environmentOf(options);
    const { synthesise } = await import("../../local/synthesise.ts");
    const { Configuration } = await import("../../local/terraform-json/index.ts");
    const { readService } = await import("../../ops/forecast/service.ts");
    const service = readService(new Configuration(await synthesise(variables, interruption())));
    if (options.drill !== undefined) {
      const { compare, readDrill, toText } = await import("../../ops/forecast/drill.ts");
      const comparison = compare(readDrill(readFileSync(options.drill, "utf8"), options.drill), service);
      printResult(comparison, options.json, toText);
      if (!comparison.holds) process.exitCode = 2;
      return;
    }
    const { forecast } = await import("../../ops/forecast/forecast.ts");
    const { toSvg } = await import("../../ops/forecast/picture.ts");
    const { toText } = await import("../../ops/forecast/report.ts");
    const found = forecast(service, options);
    if (options.svg) writeFileSync(options.svg, toSvg(found.minutes));
    printResult(found, options.json, () => toText(found, options.every));
    if (!found.summary.carries) process.exitCode = 2;
  });

function collect(text: string, before: readonly SpotLoss[] = []): readonly SpotLoss[] {
  const [, minute, tasks, short = "0"] = /^(\d{1,5}):(\d{1,3})(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (tasks === undefined)
    throw new InvalidArgumentError("Choose a minute, a colon and tasks, as 40:3 or 40:3:15.");
  return [...before, { minute: Number(minute), tasks: Number(tasks), short: Number(short) }];
}
