import { Option } from "@commander-js/extra-typings";
import { command } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { jsonOption } from "../../cli/output.ts";
import { DEFAULTS, STATE_FOLDER } from "../../preview/defaults.ts";
import { drills } from "../../preview/drills/scenarios/index.ts";

const list = drills.map(({ name, description }) => `  ${name.padEnd(15)} ${description}`).join("\n");

export default command("drill", { 1: "something does not hold, or the drill could not be carried out" })
  .description(
    "Causes a fault on purpose under load and checks what must hold: in the preview that runs already, or in one of its own.",
  )
  .argument("<name>", "a drill, or all")
  .addOption(
    new Option("--state <folder>", "state folder of the preview").default(DEFAULTS.stateFolder, STATE_FOLDER),
  )
  .addOption(jsonOption)
  .addHelpText(
    "after",
    `\nDrills:\n${list}\n  ${"all".padEnd(15)} All of them, with a report in the state folder.`,
  )
  .action(async (name, options) => {
    const { carryOutDrills } = await import("../../preview/drills/carry-out.ts");
    if (!(await carryOutDrills(name, { ...options, signal: interruption() }))) process.exitCode = 1;
  });
