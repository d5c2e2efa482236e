import { Option } from "@commander-js/extra-typings";
import { command } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";

export default command("export", { 1: "the API did not give the whole catalogue; the file is not there" })
  .description(
    "Writes the whole catalogue into a file that `catalog import` takes back without a difference: a table when the name " +
      "ends in .csv, JSON lines otherwise.",
  )
  .argument("<file>", "where to write it")
  .addOption(new Option("--url <url>", "where the API is").env("API_URL").default("http://127.0.0.1:3000"))
  .option(
    "--key <key>",
    "a key that may write (default: API_KEY, else the one of `catalog api` in this checkout)",
  )
  .action(async (file, options) => {
    const { exportCatalogue } = await import("../../api/dev/export.ts");
    await exportCatalogue(file, { ...options, signal: interruption() });
  });
