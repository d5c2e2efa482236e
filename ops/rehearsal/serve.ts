/** The local AWS API, kept running for whoever wants to practise the commands: no account, and nothing to lose. */
import { once } from "node:events";
import { chmod, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Tools } from "../tools.ts";
import { account } from "./corrections/account.ts";
import { dataPlaneCorrections } from "./data-plane/corrections.ts";
import type { StartDataPlane } from "./data-plane/index.ts";
import { CREDENTIALS, STATE } from "./settings.ts";
import { makeStateBackend, setUp } from "./test-bed.ts";

export interface ServeOptions {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Makes what stands for the tasks of a service. @param folder goes when the rehearsal ends */
  readonly startDataPlane: (folder: string) => StartDataPlane;
}

/** An image as ECR would name it; the local API says that it is there. */
const IMAGE = "123456789012.dkr.ecr.eu-north-1.amazonaws.com/catalog-api:rehearsal";
const SUFFIX = "practice";

/** Starts the API, prints what another shell needs to speak to it, and stays until the signal. */
export async function serve(tools: Tools, { signal, startDataPlane }: ServeOptions): Promise<void> {
  await using resources = new AsyncDisposableStack();
  let start: StartDataPlane | undefined;
  const { corrections, planes } = dataPlaneCorrections((service) => start!(service));
  const testBed = await setUp(tools, resources, [...corrections, ...account()]);
  await chmod(testBed.folder, 0o711); // PostgreSQL's account passes through it
  start = startDataPlane(testBed.folder);
  resources.defer(async () => {
    await Promise.all([...planes.values()].map((plane) => plane.stop()));
  });
  await makeStateBackend(testBed.endpoint);
  const settings = path.join(testBed.folder, `${SUFFIX}.env`);
  await writeFile(settings, settingsText());
  console.log(exportLines(testBed.endpoint, testBed.folder, settings));
  if (!signal.aborted) await once(signal, "abort");
  throw signal.reason;
}

const settingsText = (): string => `# An environment to practise with, on the local AWS API.
ENVIRONMENT_SUFFIX=${SUFFIX}
CONTAINER_IMAGE=${IMAGE}
STATE_BUCKET=${STATE.bucket}
STATE_LOCK_TABLE=${STATE.lockTable}
`;

function exportLines(endpoint: string, folder: string, settings: string): string {
  const variables = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_REGION: "eu-north-1",
    AWS_EC2_METADATA_DISABLED: "true",
    TF_CLI_CONFIG_FILE: path.join(folder, "terraform.rc"),
    CATALOG_SETTINGS: settings,
  };
  return [
    "# A local AWS API is running until Ctrl-C. Evaluate these lines in another shell; every command then speaks to it.",
    "unset AWS_PROFILE AWS_SESSION_TOKEN",
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${value}`),
    "# State bucket and lock table are made. The control plane is moto's; tasks, target health, ECS's events and the",
    "# edge are the preview's, which starts with the service. Simulated: durations, Spot, replication, metrics, quotas.",
  ].join("\n");
}
