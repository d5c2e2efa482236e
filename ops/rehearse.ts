#!/usr/bin/env node
/** `npm run rehearse`: deploys the stack to a local AWS API with the real Terraform, and destroys it without a trace. */
import { parseArgs, styleText } from "node:util";
import { Progress } from "./rehearsal/progress.ts";
import type { Result } from "./rehearsal/rehearse.ts";
import { findTools, MissingTool } from "./tools.ts";

const HELP = `Usage: npm run rehearse [-- --json]

Deploys the stack twice to an AWS API on this machine (moto), with the real Terraform and the real AWS provider: asks AWS's
own SDK whether all that the brief demands is there, changes the image, injects faults, kills Terraform half-way, and
destroys everything without a trace. Touches no AWS account, and needs no credentials. Takes about eight minutes.

Needs Terraform or OpenTofu 1.11 or later and moto_server on the PATH; without them it says what to install and exits 0,
or 1 when CI=true. The provider comes from a filesystem mirror when one is on the machine, else from the registry.

Options:
  --json  print the phases and the result as JSON
  --help  print this help`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const tools = findTools();
  // AWS's clients take a second to load: not for --help, nor to say what is missing.
  const { rehearse } = await import("./rehearsal/rehearse.ts");
  const progress = new Progress(values.json ? process.stderr : process.stdout);
  const resources = new AsyncDisposableStack();
  let interrupted = false;
  const interrupt = (signal: NodeJS.Signals) => {
    progress.stop();
    console.error(`\nrehearsal: interrupted (${signal}), stopping`);
    interrupted = true;
    void resources.disposeAsync().finally(() => process.exit(signal === "SIGINT" ? 130 : 143));
  };
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  try {
    const result = await rehearse(tools, progress, resources);
    progress.stop();
    report(result, progress, values.json);
  } catch (error) {
    // What fails after an interruption fails because of it.
    if (!interrupted) throw error;
  } finally {
    progress.stop();
    await resources.disposeAsync();
  }
}

function report({ resources, checks }: Result, progress: Progress, asJson: boolean | undefined): void {
  const { phases, elapsed: seconds } = progress;
  if (asJson) console.log(JSON.stringify({ resources, checks, left: 0, seconds, phases }));
  else
    console.log(
      `\n${progress.table()}\n\nrehearsal: ${resources} resources, ${checks} checks passed, 0 left`,
    );
}

main().catch((error: Error) => {
  const skips = error instanceof MissingTool && process.env.CI !== "true";
  const label = skips ? styleText("yellow", "rehearsal skipped:") : styleText("red", "rehearsal:");
  console.error(`${label} ${error.message}`);
  process.exitCode = skips ? 0 : 1;
});
