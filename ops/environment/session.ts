/** What every command about one environment works with. */
import { createInterface } from "node:readline/promises";
import { endInOwnTime } from "../../cli/interruption.ts";
import { say } from "../../cli/output.ts";
import { UserError } from "../../cli/user-error.ts";
import type { JsonObject } from "../../local/terraform-json/index.ts";
import { type Aws, awsClients } from "../aws.ts";
import type { LogLine } from "../terraform.ts";
import { findTerraform } from "../tools.ts";
import { isLocalApi } from "./local-api.ts";
import type { EnvironmentSettings } from "./settings-file.ts";
import { Workspace } from "./workspace.ts";

export interface Session {
  readonly settings: EnvironmentSettings;
  readonly workspace: Workspace;
  readonly aws: Aws;
  /** Tells a person what goes on; on standard error, so that `--json` stays readable. */
  readonly say: (line: string) => void;
  /** Aborts when the command is to end. */
  readonly signal: AbortSignal;
  /** Called with the synthesised stack, before Terraform sees it; what it throws ends the command. @default nothing */
  before?: (stack: JsonObject) => Promise<void>;
  /** Set to follow Terraform's log. */
  onTerraform: ((event: LogLine) => void) | undefined;
}

/** @throws MissingTool when there is no Terraform */
export function openSession(settings: EnvironmentSettings, signal: AbortSignal): Session {
  const { terraform: executable } = findTerraform();
  const { environment } = settings;
  if (isLocalApi(environment))
    say(`By AWS_ENDPOINT_URL this goes to the local AWS API at ${environment.AWS_ENDPOINT_URL}, not to AWS.`);
  const session: Session = {
    settings,
    aws: awsClients(),
    signal,
    onTerraform: undefined,
    say,
    workspace: new Workspace({ settings, executable, onEvent: (event) => session.onTerraform?.(event) }),
  };
  // Terraform ends what it began and writes its state; a second Ctrl-C ends this process, and Terraform with it.
  signal.addEventListener("abort", () => {
    if (!session.workspace.terraform.isRunning) return;
    session.say("Stopping: Terraform ends what it has begun, and writes its state. Once more kills it.");
    endInOwnTime();
    session.workspace.terraform.interrupt();
  });
  return session;
}

/** Asks on a terminal. @throws UserError where there is none to ask on, or on another answer */
export async function confirm(
  question: string,
  wanted: string,
  option: string,
  signal: AbortSignal,
): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new UserError(`There is no terminal to confirm on: give ${option}.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} `, { signal });
    if (answer.trim() !== wanted) throw new UserError("Not confirmed: nothing was changed.");
  } finally {
    terminal.close();
  }
}
