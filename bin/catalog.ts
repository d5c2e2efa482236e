/** The map of the commands, and the way to each: `bin/verbs/VERB.ts`, of which only the one that is asked for is loaded. */
import { command, run } from "../cli/command.ts";

/** What there is to do, in the order in which somebody comes to it. */
const MAP = {
  "Run it here:": {
    start: "Run the synthesised stack on this machine: edge, load balancer, tasks, database",
    drill: "Cause a fault on purpose, under load, and check what must hold",
    api: "Run the API alone, on a local PostgreSQL with a sample catalogue",
  },
  "Check it:": {
    synth: "Write the Terraform JSON of the stack",
    check: "Check the stack, and a plan of it, against every rule",
    rehearse: "Deploy to a local AWS API with the real Terraform, and destroy it again",
  },
  "Deploy it:": {
    bootstrap: "Make the bucket and the lock table of the Terraform state",
    plan: "Say in words what a deployment would change",
    deploy: "Plan, confirm, apply with ECS's events beside it, and verify",
    adopt: "Bring what a killed apply made but did not record into the state",
    status: "Show a live environment on one screen",
    destroy: "Take an environment away, and see what is left",
    leftovers: "List what exists of an environment, each with the command that removes it",
  },
  "Fill it:": {
    seed: "Fill a database with a sample catalogue",
    import: "Import a catalogue of your own through the API",
  },
} as const satisfies Record<string, Record<string, string>>;

const verbs: ReadonlyMap<string, string> = new Map(
  Object.values(MAP).flatMap((group) => Object.entries(group)),
);
const args = process.argv.slice(2);
// As git has it: `catalog help VERB` is `catalog VERB --help`.
const [verb = "", ...rest] = args[0] === "help" ? [...args.slice(1), "--help"] : args;

if (verbs.has(verb)) {
  const { default: chosen } = await import(`./verbs/${verb}.ts`);
  await run(chosen, rest);
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
