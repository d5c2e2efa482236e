/** Takes the state's backend away again: only what bootstrap made, and only while nothing else is in it. */
import {
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ListTagsOfResourceCommand,
  paginateScan,
  ResourceNotFoundException,
} from "@aws-sdk/client-dynamodb";
import {
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { UserError } from "../../cli/user-error.ts";
import { awsClients } from "../aws.ts";
import { all } from "../inventory/item.ts";
import { LOCK_KEY, type LocalApi, type StateBackend, TAGS } from "./state-backend.ts";

/** One version of one object, or a marker that hides the versions before it. */
interface Version {
  readonly key: string;
  readonly id: string | undefined;
  readonly marker: boolean;
}

/** A state, or the lock file that Terraform lays beside it with `use_lockfile`. */
const STATE_KEY = /^catalog-api\/([^/]+)\/terraform\.tfstate(\.tflock)?$/;

/**
 * Removes the bucket with every version of every state, and the table. What is not there is no error.
 *
 * @throws UserError before anything is removed when bucket or table is not bootstrap's own, or holds what another
 *   project wrote, a state that lists resources, or a lock
 */
export async function removeBackend(
  { bucket, lockTable, region }: StateBackend,
  local?: LocalApi,
): Promise<void> {
  const { s3, dynamoDb } = awsClients({ region, local });
  try {
    const versions = await versionsIn(s3, bucket);
    if (versions) await refuseBucketInUse(s3, bucket, versions);
    const table = lockTable ? await removableTable(dynamoDb, lockTable, bucket) : undefined;
    if (versions) await removeBucket(s3, bucket, versions);
    if (table) await dynamoDb.send(new DeleteTableCommand({ TableName: table }));
  } finally {
    s3.destroy();
    dynamoDb.destroy();
  }
}

/** All versions and delete markers, each key's newest version first; undefined when there is no such bucket. */
async function versionsIn(s3: S3Client, Bucket: string): Promise<Version[] | undefined> {
  const found: Version[] = [];
  let next: Pick<ListObjectVersionsCommandOutput, "NextKeyMarker" | "NextVersionIdMarker"> = {};
  try {
    do {
      const page: ListObjectVersionsCommandOutput = await s3.send(
        new ListObjectVersionsCommand({
          Bucket,
          KeyMarker: next.NextKeyMarker,
          VersionIdMarker: next.NextVersionIdMarker,
        }),
      );
      for (const { Key = "", VersionId } of page.Versions ?? [])
        found.push({ key: Key, id: VersionId, marker: false });
      for (const { Key = "", VersionId } of page.DeleteMarkers ?? [])
        found.push({ key: Key, id: VersionId, marker: true });
      next = page.IsTruncated ? page : {};
    } while (next.NextKeyMarker !== undefined);
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === "NoSuchBucket") return undefined;
    throw error;
  }
  return found;
}

async function refuseBucketInUse(s3: S3Client, bucket: string, versions: readonly Version[]): Promise<void> {
  if (!isOurs(await bucketTags(s3, bucket)))
    throw new UserError(
      `The bucket '${bucket}' has no tag Project=catalog-api, so bootstrap did not make it: remove it yourself if nobody else needs it.`,
    );
  const foreign = versions.find(({ key }) => !STATE_KEY.test(key));
  if (foreign)
    throw new UserError(
      `The bucket '${bucket}' also holds '${foreign.key}', which is no state of this project: move it, with all its versions, or keep the bucket.`,
    );
  // The newest version counts even behind a delete marker: a state that was deleted by mistake is still the only record
  // of what stands.
  const newest = new Map<string, Version>();
  for (const version of versions)
    if (!version.marker && !newest.has(version.key)) newest.set(version.key, version);
  const standing: string[] = [];
  for (const version of newest.values()) {
    const suffix = STATE_KEY.exec(version.key)?.[1] ?? version.key;
    if (!version.key.endsWith(".tflock") && (await listsResources(s3, bucket, version)))
      standing.push(suffix);
  }
  if (standing.length > 0)
    throw new UserError(
      `The bucket '${bucket}' holds the state of ${standing.join(", ")}: destroy first, with bin/catalog destroy; a state behind a delete marker is back when the marker is removed.`,
    );
}

async function bucketTags(s3: S3Client, Bucket: string) {
  try {
    return (await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet;
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === "NoSuchTagSet") return [];
    throw error;
  }
}

const isOurs = (tags: readonly { Key?: string; Value?: string }[] = []): boolean =>
  TAGS.some(
    (own) => own.Key === "Project" && tags.some(({ Key, Value }) => Key === own.Key && Value === own.Value),
  );

/** What cannot be read as a state counts as one that lists resources. @param id of its version. @default the present one */
export async function listsResources(
  s3: S3Client,
  Bucket: string,
  { key, id }: { readonly key: string; readonly id?: string },
): Promise<boolean> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: key, VersionId: id }));
  try {
    const { resources } = JSON.parse((await Body?.transformToString()) ?? "") as { resources?: unknown };
    return !(Array.isArray(resources) && resources.length === 0);
  } catch (error) {
    if (error instanceof SyntaxError) return true;
    throw error;
  }
}

/** The table's name, or undefined when there is none. @throws UserError when somebody else uses it */
async function removableTable(
  dynamoDb: DynamoDBClient,
  TableName: string,
  bucket: string,
): Promise<string | undefined> {
  try {
    const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName }));
    const { Tags } = await dynamoDb.send(new ListTagsOfResourceCommand({ ResourceArn: Table?.TableArn }));
    if (!isOurs(Tags))
      throw new UserError(
        `The table '${TableName}' has no tag Project=catalog-api, so bootstrap did not make it: leave STATE_LOCK_TABLE out to remove the bucket alone.`,
      );
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
  const items = await all(paginateScan({ client: dynamoDb }, { TableName }), (page) => page.Items);
  // Terraform keeps a state's digest for good, and its lock while it runs.
  const digest = (id: string) => id.startsWith(`${bucket}/catalog-api/`) && id.endsWith("-md5");
  const other = items.map((item) => item[LOCK_KEY]?.S ?? "").find((id) => !digest(id));
  if (other !== undefined)
    throw new UserError(
      `The table '${TableName}' holds '${other}', which is a lock or another bucket's: wait until its deployment ends, or leave STATE_LOCK_TABLE out to remove the bucket alone.`,
    );
  return TableName;
}

/** S3's limit for one request. */
const DELETED_AT_ONCE = 1000;

/** Removes the versions that were looked at: what somebody wrote since then keeps the bucket. */
async function removeBucket(s3: S3Client, Bucket: string, versions: readonly Version[]): Promise<void> {
  for (let start = 0; start < versions.length; start += DELETED_AT_ONCE) {
    const Objects = versions
      .slice(start, start + DELETED_AT_ONCE)
      .map(({ key, id }) => ({ Key: key, VersionId: id }));
    const { Errors = [] } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    const [first] = Errors;
    if (first)
      throw new UserError(
        `S3 did not delete ${Errors.length} of the bucket's versions; the first is '${first.Key}': ${first.Message ?? first.Code}. Remove what forbids it, and run the command again.`,
      );
  }
  await s3.send(new DeleteBucketCommand({ Bucket }));
}
