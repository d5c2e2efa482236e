/** Pictures of what the commands say, made by running them. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { terminalSvg } from "../../guide/terminal.ts";
import type { SeasonRun } from "./year.ts";

const COLOURED = { FORCE_COLOR: "1" };

/** Deploys an environment and takes it away, and draws three of its commands into a folder. */
export async function drawCommands({ catalog, progress, suffix }: SeasonRun, folder: string): Promise<void> {
  const draw = (name: string, line: string) =>
    progress.phase(suffix, line, async () => {
      const { stdout, stderr } = await catalog.run(line, 0, COLOURED);
      const file = path.join(folder, `terminal-${name}.svg`);
      await writeFile(file, terminalSvg(`bin/catalog ${line}`, asOnTerminal(stderr) + stdout));
      return file;
    });
  await draw("preflight", "preflight");
  await draw("deploy", "deploy --yes");
  await draw("status", "status");
  await progress.phase(suffix, "destroy", async () => {
    await catalog.run("destroy --yes");
    return "0 left";
  });
}

/** A terminal has a line that moves for what is done within ten seconds; a log has a line for each. */
const asOnTerminal = (log: string): string =>
  log
    .split("\n")
    .filter((line) => !/^ *\d+ s {2}\w+ aws_\S+, \d s$/.test(stripVTControlCharacters(line)))
    .join("\n");
