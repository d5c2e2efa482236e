#!/usr/bin/env node
/** `npm run rehearse`: deploys the stack to a local AWS API with the real Terraform, and destroys it without a trace. */
import { parseArgs, styleText } from "node:util";
import { inventory } from "./inventory/index.ts";
import { type Act, checkUntouched, deployCalmly, destroyCalmly } from "./rehearsal/calm.ts";
import { SwitchableFaults } from "./rehearsal/faults.ts";
import { Progress } from "./rehearsal/progress.ts";
import { IMAGES, SUFFIXES } from "./rehearsal/settings.ts";
import { makeStateBackend, type Stage, setUp } from "./rehearsal/stage.ts";
import { Tally } from "./rehearsal/steps.ts";
import { deployThroughFaults, destroyThroughFaults, type StormyAct } from "./rehearsal/stormy.ts";
import { findTools, MissingTool, type Tools } from "./tools.ts";

const HELP = `Usage: npm run rehearse [-- --json]

Deploys the stack twice to an AWS API on this machine (moto), with the real Terraform and the real AWS provider: asks AWS's
own SDK whether all that the brief demands is there, changes the image, injects faults, kills Terraform half-way, and
destroys everything without a trace. Touches no AWS account, and needs no credentials. Takes about eight minutes.

Needs Terraform or OpenTofu 1.11 or later and moto_server on the PATH; without them it says what to install and exits 0,
or 1 when CI=true. The provider comes from a filesystem mirror when one is on the machine, else from the registry.

Options:
  --json  print the phases and the result as JSON
  --help  print this help`;

interface Result {
  readonly resources: number;
  readonly checks: number;
}

async function rehearse(tools: Tools, progress: Progress, onStage: (stage: Stage) => void): Promise<Result> {
  const tally = new Tally();
  let stage!: Stage;
  await progress.phase("", "set the stage", async () => {
    stage = await setUp(tools);
    onStage(stage);
    return `${tools.terraformName}, provider from ${stage.mirror ?? "the registry"}`;
  });
  await progress.phase("", "bootstrap", () => makeStateBackend(stage.endpoint));
  const baseline = await inventory(stage.aws);

  const calm: Act = {
    stage,
    progress,
    tally,
    environment: await stage.environment(SUFFIXES.calm, undefined, () => progress.resource(SUFFIXES.calm)),
  };
  const stormy = await prepareStormy(stage, progress, tally);
  // Both at once: that they do not touch each other is part of what is shown.
  const [inCalm, inStorm] = await Promise.all([deployCalmly(calm), deployThroughFaults(stormy)]);
  await destroyThroughFaults(stormy);
  await checkUntouched(calm, SUFFIXES.stormy);
  await destroyCalmly(calm, baseline);
  return { resources: inCalm + inStorm, checks: tally.passed };
}

async function prepareStormy(stage: Stage, progress: Progress, tally: Tally): Promise<StormyAct> {
  const faults = new SwitchableFaults();
  const onResource: StormyAct["onResource"] = {};
  const environment = await stage.environment(SUFFIXES.stormy, faults, () => {
    progress.resource(SUFFIXES.stormy);
    onResource.current?.();
  });
  let total = 0;
  await progress.phase(SUFFIXES.stormy, "synthesise, init", async () => {
    total = await environment.write(IMAGES.first);
    await environment.init();
    return `${total} resources`;
  });
  return { stage, environment, progress, tally, faults, onResource, total };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const tools = findTools();
  const progress = new Progress(values.json ? process.stderr : process.stdout);
  let stage: Stage | undefined;
  const interrupt = (signal: NodeJS.Signals) => {
    progress.stop();
    console.error(`\nrehearsal: interrupted (${signal}), stopping`);
    void (stage?.close() ?? Promise.resolve()).finally(() => process.exit(signal === "SIGINT" ? 130 : 143));
  };
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  try {
    const { resources, checks } = await rehearse(tools, progress, (set) => {
      stage = set;
    });
    const last = `rehearsal: ${resources} resources, ${checks} checks passed, 0 left`;
    if (values.json)
      console.log(
        JSON.stringify({ resources, checks, left: 0, seconds: progress.elapsed, phases: progress.phases }),
      );
    else console.log(`\n${progress.table()}\n\n${last}`);
  } finally {
    progress.stop();
    await stage?.close();
  }
}

main().catch((error: Error) => {
  const skips = error instanceof MissingTool && process.env.CI !== "true";
  const label = skips ? styleText("yellow", "rehearsal skipped:") : styleText("red", "rehearsal:");
  console.error(`${label} ${error.message}`);
  process.exitCode = skips ? 0 : 1;
});
