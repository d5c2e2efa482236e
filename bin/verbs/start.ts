import { Option } from "@commander-js/extra-typings";
import { command, decimal, integer } from "../../cli/command.ts";
import { jsonOption } from "../../cli/output.ts";
import { DEFAULTS, STATE_FOLDER } from "../../preview/defaults.ts";

export default command("start", { 0: "stopped by Ctrl-C, with all requests finished" })
  .description(
    "Synthesises the stack and runs it on this machine: edge, load balancer, API tasks, database and scaler, wired as the " +
      "Terraform JSON says. Ctrl-C stops it.",
  )
  .option(
    "--port <n>",
    "port of the edge; balancer and page take the next two; 0: free ones",
    integer(0, 65_533),
    DEFAULTS.port,
  )
  .option("--speed <n>", "the stack's clocks run n times faster", decimal(1, 100), DEFAULTS.speed)
  .option(
    "--products <n>",
    "size of the sample catalogue of a new database",
    integer(1, 10_000_000),
    DEFAULTS.products,
  )
  .option(
    "--task-cpus <n>",
    "CPUs of this machine that stand for one task's CPU (default: cores ÷ maximum tasks)",
    decimal(0.01, 64),
  )
  .addOption(
    new Option("--state <folder>", "where the database and the tasks' logs are kept").default(
      DEFAULTS.stateFolder,
      STATE_FOLDER,
    ),
  )
  .option("--fresh", "begin with an empty database")
  .addOption(jsonOption)
  .option("--drain", "let tasks drain on Ctrl-C as they do in AWS, which takes some ten seconds")
  .action(async ({ state: stateFolder, ...options }) => {
    const { servePreview } = await import("../../preview/serve.ts");
    await servePreview({ ...options, stateFolder });
  });
