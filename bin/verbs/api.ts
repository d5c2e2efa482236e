import { Option } from "@commander-js/extra-typings";
import { command, integer } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";

export default command("api", { 0: "stopped by Ctrl-C" })
  .description(
    "Starts PostgreSQL and the API on this machine, with a sample catalogue when there is none yet. Ctrl-C stops both. " +
      "Without DB_HOST the database is the one of this checkout (.postgres/); every other variable of api/README.md works " +
      "here too.",
  )
  .addOption(
    new Option("--port <n>", "where the API listens on 127.0.0.1")
      .env("PORT")
      .default(3000)
      .argParser(integer(1, 65_535)),
  )
  .option("--products <n>", "size of the sample catalogue on the first start", integer(1, 10_000_000), 20_000)
  .action(async ({ port, products }) => {
    const { serve } = await import("../../api/dev/serve.ts");
    await serve(port, products, interruption());
  });
