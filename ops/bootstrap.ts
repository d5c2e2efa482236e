#!/usr/bin/env node
/** `npm run bootstrap`: makes the bucket and the lock table that keep Terraform's state. */
import { parseArgs, styleText } from "node:util";
import { type Bootstrapped, bootstrap, type StateBackend } from "./state-backend.ts";

const HELP = `Usage: npm run bootstrap [-- --json]

Makes the S3 bucket for Terraform's state (versioned, encrypted, private, TLS only) and the DynamoDB table that locks
it, in the account of your AWS credentials. Safe to run again: what is there is brought to the same settings.

Environment:
  STATE_BUCKET      name of the bucket (required; names are global)
  STATE_LOCK_TABLE  name of the table (default: no table, no lock)
  STATE_REGION      region of both (default: eu-north-1)

Options:
  --json  print what was made as JSON
  --help  print this help`;

class UsageError extends Error {}

function readBackend(environment: NodeJS.ProcessEnv): StateBackend {
  const {
    STATE_BUCKET: bucket,
    STATE_LOCK_TABLE: lockTable,
    STATE_REGION: region = "eu-north-1",
  } = environment;
  if (!bucket)
    throw new UsageError(
      "STATE_BUCKET is not set: give the bucket a name, as STATE_BUCKET=example-terraform-state.",
    );
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw new UsageError(
      `STATE_BUCKET '${bucket}' is no bucket name: 3 to 63 of a-z, 0-9, dots and inner hyphens.`,
    );
  }
  if (lockTable && !/^[\w.-]{3,255}$/.test(lockTable)) {
    throw new UsageError(
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

function report(backend: StateBackend, made: Bootstrapped): void {
  const line = (what: string, name: string, state: string) =>
    console.log(`${styleText(state === "created" ? "green" : "dim", state.padEnd(8))} ${what} ${name}`);
  line("bucket", backend.bucket, made.bucket);
  if (backend.lockTable && made.lockTable) line("table ", backend.lockTable, made.lockTable);
  else console.log("No STATE_LOCK_TABLE: two deployments at once would overwrite each other's state.");
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const backend = readBackend(process.env);
  const made = await bootstrap(backend, localApi(process.env));
  if (values.json) console.log(JSON.stringify({ ...backend, made }));
  else report(backend, made);
}

main().catch((error: Error) => {
  const hint =
    error.name === "CredentialsProviderError"
      ? " Set AWS_PROFILE, or sign in as your organisation does."
      : "";
  console.error(
    styleText("red", `bootstrap: ${error.message.split("\n")[0]}${hint}`, { stream: process.stderr }),
  );
  process.exitCode = 1;
});
