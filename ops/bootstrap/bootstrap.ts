/** The state's backend as the environment names it, made in the account of the credentials. */

import { styleText } from "node:util";
import { UserError } from "../../cli/user-error.ts";
import { HOME_REGION } from "../../local/regions.ts";
import { type Bootstrapped, bootstrap, type StateBackend } from "./state-backend.ts";
import { removeBackend } from "./state-removal.ts";

/**
 * Makes what STATE_BUCKET, STATE_LOCK_TABLE and STATE_REGION name.
 *
 * @throws UserError for a name that cannot be
 */
export async function bootstrapFrom(
  environment: NodeJS.ProcessEnv,
): Promise<{ backend: StateBackend; made: Bootstrapped }> {
  const backend = readBackend(environment);
  return { backend, made: await bootstrap(backend, localApi(environment)) };
}

/**
 * Removes the bucket and the table that the environment names.
 *
 * @throws UserError while either holds anything but states that list no resources
 */
export async function removeFrom(environment: NodeJS.ProcessEnv): Promise<StateBackend> {
  const backend = readBackend(environment);
  await removeBackend(backend, localApi(environment));
  return backend;
}

function readBackend(environment: NodeJS.ProcessEnv): StateBackend {
  const {
    STATE_BUCKET: bucket,
    STATE_LOCK_TABLE: lockTable,
    STATE_REGION: region = HOME_REGION,
  } = environment;
  if (!bucket)
    throw new UserError(
      "STATE_BUCKET is not set: give the bucket a name, as STATE_BUCKET=example-terraform-state.",
    );
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw new UserError(
      `STATE_BUCKET '${bucket}' is no bucket name: 3 to 63 of a-z, 0-9, dots and inner hyphens.`,
    );
  }
  if (lockTable && !/^[\w.-]{3,255}$/.test(lockTable)) {
    throw new UserError(
      `STATE_LOCK_TABLE '${lockTable}' is no table name: 3 to 255 letters, digits, _, . and -.`,
    );
  }
  return { bucket, region, ...(lockTable && { lockTable }) };
}

/** For a local AWS API, the clients need path-style buckets: said by the variable that every AWS tool reads. */
function localApi(environment: NodeJS.ProcessEnv) {
  const {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID = "testing",
    AWS_SECRET_ACCESS_KEY = "testing",
  } = environment;
  return endpoint
    ? { endpoint, credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } }
    : undefined;
}

/** What was there and what was made, for people. */
export function report(backend: StateBackend, made: Bootstrapped): string {
  const line = (what: string, name: string, state: string) =>
    `${styleText(state === "created" ? "green" : "dim", state.padEnd(8))} ${what} ${name}`;
  const table =
    backend.lockTable && made.lockTable
      ? line("table ", backend.lockTable, made.lockTable)
      : "No STATE_LOCK_TABLE: two deployments at once would overwrite each other's state.";
  return `${line("bucket", backend.bucket, made.bucket)}\n${table}`;
}
