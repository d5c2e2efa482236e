/** The local AWS API, kept running for whoever wants to practise the commands: no account, and nothing to lose. */
import { once } from "node:events";
import type { Tools } from "../tools.ts";
import { type PracticeOptions, startPractice } from "./practice.ts";

export interface ServeOptions {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** See {@link PracticeOptions}. */
  readonly startDataPlane: NonNullable<PracticeOptions["startDataPlane"]>;
}

/** Starts the API, prints what another shell needs to speak to it, and stays until the signal. */
export async function serve(tools: Tools, { signal, startDataPlane }: ServeOptions): Promise<void> {
  await using resources = new AsyncDisposableStack();
  const practice = await startPractice(tools, resources, { startDataPlane, suffix: "practice" });
  console.log(exportLines(practice.variables(practice.testBed.endpoint)));
  if (!signal.aborted) await once(signal, "abort");
  throw signal.reason;
}

const exportLines = (variables: Record<string, string>): string =>
  [
    "# A local AWS API is running until Ctrl-C. Evaluate these lines in another shell; every command then speaks to it.",
    "unset AWS_PROFILE AWS_SESSION_TOKEN",
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${value}`),
    "# State bucket and lock table are made. The control plane is moto's; tasks, target health, ECS's events and the",
    "# edge are the preview's, which starts with the service. Simulated: durations, Spot, replication, metrics, quotas.",
  ].join("\n");
