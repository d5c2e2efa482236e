/** A local AWS API as a whole account to practise on: what `rehearse --serve` serves, and the rehearsed season stands on. */

import { chmod, writeFile } from "node:fs/promises";
import path from "node:path";
import { HOME_REGION } from "../../local/regions.ts";
import type { Aws } from "../aws.ts";
import type { Tools } from "../tools.ts";
import { account } from "./corrections/account.ts";
import { dataPlaneCorrections } from "./data-plane/corrections.ts";
import type { StartDataPlane } from "./data-plane/data-plane.ts";
import { CREDENTIALS, STATE } from "./settings.ts";
import { makeStateBackend, setUp, type TestBed } from "./test-bed.ts";

export interface PracticeOptions {
  /**
   * Makes what stands for the tasks of a service.
   * @param folder goes when the rehearsal ends; @param aws speaks to the local API
   * @default moto's own answers
   */
  readonly startDataPlane?: ((folder: string, aws: Aws) => StartDataPlane) | undefined;
  /** The environment to practise with. */
  readonly suffix: string;
}

export interface Practice {
  readonly testBed: TestBed;
  /** Settings of the environment, for `--settings`. */
  readonly settings: string;
  /** What a shell needs to speak to this API through `endpoint`. */
  variables(endpoint: string): Record<string, string>;
}

/** An image as ECR would name it; the local API says that it is there. */
const IMAGE = "123456789012.dkr.ecr.eu-north-1.amazonaws.com/catalog-api:rehearsal-1";

/** @param resources takes what has to be stopped and removed in the end */
export async function startPractice(
  tools: Tools,
  resources: AsyncDisposableStack,
  { startDataPlane, suffix }: PracticeOptions,
): Promise<Practice> {
  let start: StartDataPlane | undefined;
  const { corrections, planes } = dataPlaneCorrections((service) => start!(service));
  const testBed = await setUp(tools, resources, [...(startDataPlane ? corrections : []), ...account()]);
  await chmod(testBed.folder, 0o711); // PostgreSQL's account passes through it
  start = startDataPlane?.(testBed.folder, testBed.aws);
  resources.defer(async () => {
    await Promise.all([...planes.values()].map((plane) => plane.stop()));
  });
  await makeStateBackend(testBed.endpoint);
  const settings = path.join(testBed.folder, `${suffix}.env`);
  await writeFile(settings, settingsText(suffix));
  return {
    testBed,
    settings,
    variables: (endpoint) => ({
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      AWS_REGION: HOME_REGION,
      AWS_DEFAULT_REGION: HOME_REGION, // the name that version 1 of the AWS CLI, which PyPI has, reads
      AWS_EC2_METADATA_DISABLED: "true",
      TF_CLI_CONFIG_FILE: path.join(testBed.folder, "terraform.rc"),
      CATALOG_SETTINGS: settings,
    }),
  };
}

const settingsText = (suffix: string): string => `# An environment to practise with, on the local AWS API.
ENVIRONMENT_SUFFIX=${suffix}
CONTAINER_IMAGE=${IMAGE}
STATE_BUCKET=${STATE.bucket}
STATE_LOCK_TABLE=${STATE.lockTable}
`;
