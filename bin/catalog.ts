/** The map of the commands, and the way to each: `bin/verbs/VERB.ts`, of which only the one that is asked for is loaded. */
import { command, run } from "../cli/command.ts";
import { goByProxy } from "../cli/proxy.ts";
import { MAP } from "./map.ts";

const verbs: ReadonlyMap<string, string> = new Map(
  Object.values(MAP).flatMap((group) => Object.entries(group)),
);
const args = process.argv.slice(2);
// As git has it: `catalog help VERB` is `catalog VERB --help`.
const [verb = "", ...rest] = args[0] === "help" ? [...args.slice(1), "--help"] : args;

if (verbs.has(verb)) {
  const { default: chosen } = await import(`./verbs/${verb}.ts`);
  chosen.hook("preAction", goByProxy);
  await run(chosen, rest, async (error) => (await import("../ops/aws-error.ts")).awsErrorInWords(error));
  // What is open still, such as a call that AWS has not answered in the preflight's time, keeps nobody.
  process.stdout.write("", () => process.exit());
} else {
  const map = command("").usage("VERB [options]").helpCommand(false);
  map.description("The product catalogue API, and everything that it runs on in AWS.");
  for (const [heading, group] of Object.entries(MAP)) {
    map.commandsGroup(heading);
    for (const [name, summary] of Object.entries(group)) map.command(name).description(summary);
  }
  map.addHelpText("after", "\nbin/catalog VERB --help says how each is used.");
  await run(map, verb === "" ? ["--help"] : args);
}
