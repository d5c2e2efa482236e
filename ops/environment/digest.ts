/**
 * A run that was killed between its two last calls: the new state lies in S3, and DynamoDB has the digest of the one before.
 * Terraform refuses every command then, a destroy too, and asks for the digest to be set by hand
 * (https://developer.hashicorp.com/terraform/language/backend/s3, "dynamodb_table"). S3 itself answers with what was written
 * last, so that the state which is there is the newest.
 */
import { createHash } from "node:crypto";
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { UserError } from "../../cli/user-error.ts";
import { HOME_REGION } from "../../local/regions.ts";
import { awsClients } from "../aws.ts";
import { LOCK_KEY, stateKeyOf } from "../bootstrap/state-backend.ts";
import { TerraformFailed } from "../terraform.ts";
import type { Session } from "./session.ts";

/**
 * Initialises Terraform; where the digest is that of an earlier state, and nobody is writing one, it is set to the present one's.
 *
 * @param unlock the id of a lock whose run is surely dead
 * @throws UserError when somebody holds the lock, and for a state that is none
 */
export async function makeReady(session: Session, unlock?: string): Promise<void> {
  const { workspace, settings, say } = session;
  try {
    await workspace.init();
  } catch (error) {
    const {
      STATE_LOCK_TABLE: table,
      STATE_BUCKET: bucket,
      STATE_REGION: region = HOME_REGION,
    } = settings.values;
    if (says(error, "could not be parsed as JSON"))
      throw new UserError(
        `The state of '${settings.suffix}' is damaged: bring its version before back (docs/DEPLOYMENT_GUIDE.md, A lost state).`,
      );
    if (!says(error, "does not have the expected content") || !table || !bucket) throw error;
    const { s3, dynamoDb } = region === HOME_REGION ? session.aws : awsClients({ region });
    const key = `${bucket}/${stateKeyOf(settings.suffix)}`;
    const digest = await digestOf(s3, bucket, stateKeyOf(settings.suffix));
    if (!digest)
      throw new UserError(stateIsLost({ table, bucket, region, suffix: settings.suffix }).join(": "));
    await refuseWhileLocked(dynamoDb, table, key, unlock, settings.file);
    await dynamoDb.send(
      new PutItemCommand({
        TableName: table,
        Item: { [LOCK_KEY]: { S: `${key}-md5` }, Digest: { S: digest } },
      }),
    );
    say(
      "An earlier run was killed while it wrote the state: the lock table has the digest of what it wrote now.",
    );
    await workspace.init();
  }
}

/** What is so when the table has a digest, and the bucket no state; and what mends it. */
export function stateIsLost({
  table,
  bucket,
  region,
  suffix,
}: Readonly<Record<"table" | "bucket" | "region" | "suffix", string>>): [seen: string, mend: string] {
  const key = `{"${LOCK_KEY}": {"S": "${bucket}/${stateKeyOf(suffix)}-md5"}}`;
  return [
    `${bucket} has no state of '${suffix}' any more and ${table} has its checksum, so that Terraform begins nothing`,
    "bring its version before back (docs/DEPLOYMENT_GUIDE.md, A lost state); where there is none: " +
      `aws dynamodb delete-item --region ${region} --table-name ${table} --key '${key}'`,
  ];
}

/** @param words those that Terraform and OpenTofu share: a digest each tells in its own */
const says = (error: unknown, words: string): boolean =>
  error instanceof TerraformFailed &&
  error.errors.some(({ summary, detail }) => `${summary} ${detail}`.includes(words));

/** As the S3 backend takes it; undefined where there is no state, or an empty file in its place. */
async function digestOf(s3: S3Client, Bucket: string, Key: string): Promise<string | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    const state = (await Body?.transformToByteArray()) ?? new Uint8Array();
    return state.length === 0 ? undefined : createHash("md5").update(state).digest("hex");
  } catch (error) {
    if ((error as Error).name !== "NoSuchKey") throw error;
    return undefined;
  }
}

async function refuseWhileLocked(
  client: DynamoDBClient,
  TableName: string,
  key: string,
  unlock: string | undefined,
  file: string | undefined,
): Promise<void> {
  const { Item } = await client.send(
    new GetItemCommand({ TableName, Key: { [LOCK_KEY]: { S: key } }, ConsistentRead: true }),
  );
  if (!Item?.Info?.S) return;
  const {
    ID: id = "",
    Who: who = "somebody",
    Created: created = "",
  } = JSON.parse(Item.Info.S) as Record<string, string>;
  if (id === unlock) return;
  throw new UserError(lockedBy({ id, who, created }, file));
}

/** Somebody else's lock, or that of a run that is dead: only a person can tell. */
export const lockedBy = (
  { id, who, created }: { id: string; who: string; created: string },
  file: string | undefined,
): string =>
  `The state is locked by ${who} since ${created}. Wait; or, when that run is surely dead: bin/catalog adopt${file ? ` --settings ${file}` : ""} --unlock ${id}`;
