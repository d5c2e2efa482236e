/** Where Terraform's state lives: a bucket that keeps every version of it, and a table that locks it. */
import { isDeepStrictEqual } from "node:util";
import {
  BillingMode,
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  GetBucketPolicyCommand,
  HeadBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { ending } from "../../cli/interruption.ts";
import { UserError } from "../../cli/user-error.ts";
import { type Aws, awsClients } from "../aws.ts";

export interface StateBackend {
  readonly bucket: string;
  /** No lock table when absent. */
  readonly lockTable?: string;
  readonly region: string;
}

/** Another address than AWS's, with credentials that it accepts. */
export interface LocalApi {
  readonly endpoint: string;
  readonly credentials: { accessKeyId: string; secretAccessKey: string };
}

/** What was there before, and what was made now. */
export interface Bootstrapped {
  readonly bucket: "created" | "present";
  readonly lockTable?: "created" | "present";
}

/** The name that Terraform's S3 backend expects of the table's only key. */
export const LOCK_KEY = "LockID";

/** Where an environment's state lies in the bucket, as `lib/tap-stack.ts` says it. */
export const stateKeyOf = (suffix: string): string => `catalog-api/${suffix}/terraform.tfstate`;

/** A bucket of this name belongs to somebody else, or is used for something else. */
export class BucketTaken extends UserError {}

/**
 * Makes bucket and table, or brings what is there to the same settings; running it again changes nothing.
 *
 * @throws BucketTaken when the name, which is global, is another account's
 */
export async function bootstrap(
  { bucket, lockTable, region }: StateBackend,
  local?: LocalApi,
): Promise<Bootstrapped> {
  const { s3, dynamoDb, sts } = awsClients({ region, local });
  try {
    const made = await ensureBucket({ s3, sts }, bucket, region);
    if (made === "present") await refuseForeignPolicy(s3, bucket);
    await secureBucket(s3, bucket);
    return { bucket: made, ...(lockTable && { lockTable: await ensureTable(dynamoDb, lockTable) }) };
  } finally {
    s3.destroy();
    dynamoDb.destroy();
  }
}

async function ensureBucket(
  { s3, sts }: Pick<Aws, "s3" | "sts">,
  bucket: string,
  region: string,
): Promise<"created" | "present"> {
  try {
    await s3.send(new HeadBucketCommand({ Bucket: bucket }));
    return "present";
  } catch (error) {
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
    // S3 tells nobody why: credentials that AWS does not take are refused by STS in its own words.
    if (status === 403) await sts.send(new GetCallerIdentityCommand({}));
    if (status === 403 || status === 301) throw new BucketTaken(taken(bucket, region));
    if (status !== 404) throw error;
  }
  try {
    // us-east-1 is the one region that S3 refuses to be told.
    const location =
      region === "us-east-1"
        ? {}
        : { CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint } };
    await s3.send(new CreateBucketCommand({ Bucket: bucket, ...location }));
    await s3.send(new PutBucketTaggingCommand({ Bucket: bucket, Tagging: { TagSet: TAGS } }));
    return "created";
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === "BucketAlreadyExists") {
      throw new BucketTaken(taken(bucket, region));
    }
    throw error;
  }
}

const taken = (bucket: string, region: string): string =>
  `The bucket name '${bucket}' is taken by another account or lies in another region than ${region}: choose another STATE_BUCKET (names are global).`;

/** A bucket that somebody uses already keeps what it has. @throws BucketTaken when its policy is not ours */
async function refuseForeignPolicy(s3: S3Client, bucket: string): Promise<void> {
  try {
    const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket: bucket }));
    if (isDeepStrictEqual(JSON.parse(Policy ?? "{}"), tlsOnly(bucket))) return;
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === "NoSuchBucketPolicy") return;
    throw error;
  }
  throw new BucketTaken(
    `The bucket '${bucket}' has a policy of its own, which would be lost: choose another STATE_BUCKET.`,
  );
}

/** Versioned, so that a broken state can be taken back; encrypted, private, and refusing plain HTTP. */
async function secureBucket(s3: S3Client, bucket: string): Promise<void> {
  const Bucket = bucket;
  await s3.send(
    new PutPublicAccessBlockCommand({
      Bucket,
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    }),
  );
  await s3.send(
    new PutBucketOwnershipControlsCommand({
      Bucket,
      OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
    }),
  );
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
  await s3.send(
    new PutBucketEncryptionCommand({
      Bucket,
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
      },
    }),
  );
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(tlsOnly(bucket)) }));
}

/** What tells a bucket and a table that bootstrap made. */
export const TAGS = [
  { Key: "Environment", Value: "production" },
  { Key: "Project", Value: "catalog-api" },
];

const tlsOnly = (bucket: string) => ({
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "TlsOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  ],
});

async function ensureTable(dynamoDb: DynamoDBClient, table: string): Promise<"created" | "present"> {
  try {
    const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName: table }));
    const key = Table?.KeySchema?.[0]?.AttributeName;
    if (key !== LOCK_KEY) {
      throw new UserError(
        `The table '${table}' exists with the key '${key}'; Terraform locks by '${LOCK_KEY}': choose another STATE_LOCK_TABLE.`,
      );
    }
    return "present";
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
  await dynamoDb.send(
    new CreateTableCommand({
      TableName: table,
      AttributeDefinitions: [{ AttributeName: LOCK_KEY, AttributeType: "S" }],
      KeySchema: [{ AttributeName: LOCK_KEY, KeyType: "HASH" }],
      BillingMode: BillingMode.PAY_PER_REQUEST,
      SSESpecification: { Enabled: false }, // off means AWS's own key: encrypted all the same, at no cost
      Tags: TAGS,
    }),
  );
  await waitUntilTableExists(
    { client: dynamoDb, maxWaitTime: 120, abortSignal: ending() },
    { TableName: table },
  );
  return "created";
}
