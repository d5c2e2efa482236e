/** Who deploys, where the state lies, and what an earlier run left. */

import { existsSync } from "node:fs";
import { DescribeTableCommand, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { GetRoleCommand, SimulatePrincipalPolicyCommand } from "@aws-sdk/client-iam";
import { paginateGetResources } from "@aws-sdk/client-resource-groups-tagging-api";
import {
  GetBucketEncryptionCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  HeadObjectCommand,
} from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { HOME_REGION } from "../../local/regions.ts";
import { valuesAt } from "../../local/terraform-json/index.ts";
import type { Aws } from "../aws.ts";
import { awsErrorInWords, isUnreachable } from "../aws-error.ts";
import { LOCK_KEY, stateKeyOf } from "../bootstrap/state-backend.ts";
import { listsResources } from "../bootstrap/state-removal.ts";
import { stateIsLost } from "../environment/digest.ts";
import { all } from "../inventory/item.ts";
import { findLeftovers, isKept } from "../leftovers/leftovers.ts";
import { PROJECT } from "../leftovers/tagged.ts";
import { actionsOf, deployerPolicy } from "../policy/deployer-policy.ts";
import { type Check, codeOf, fail, pass, statusOf, warn } from "./finding.ts";

export const credentials: Check = async ({ aws }) => {
  const what = "credentials";
  try {
    const { Account, Arn } = await aws.sts.send(new GetCallerIdentityCommand({}));
    return [pass(what, `account ${Account}, ${Arn}`)];
  } catch (error) {
    const seen = awsErrorInWords(error) ?? (error as Error).message;
    const mend = isUnreachable(error)
      ? "see that this machine reaches AWS; behind a proxy set HTTPS_PROXY"
      : "export AWS_PROFILE=…, or aws sso login";
    return [fail(what, seen, mend)];
  }
};

export const stateBucket: Check = async ({ stateAws: aws, settings, option }) => {
  const what = "state bucket";
  const { STATE_BUCKET: Bucket } = settings.values;
  if (!Bucket)
    return [
      warn(
        what,
        "STATE_BUCKET is not set: the state is a file on this machine",
        `set STATE_BUCKET, then bin/catalog bootstrap${option}`,
      ),
    ];
  const mend = `bin/catalog bootstrap${option}`;
  try {
    await aws.s3.send(new HeadBucketCommand({ Bucket }));
  } catch (error) {
    const status = statusOf(error);
    if (status === 404) return [fail(what, `${Bucket} is not there`, mend)];
    if (status === 403)
      return [
        fail(what, `${Bucket} is another account's, or may not be read`, "choose another STATE_BUCKET"),
      ];
    if (status === 301) return [fail(what, `${Bucket} is in another region`, "set STATE_REGION")];
    throw error;
  }
  const { Status } = await aws.s3.send(new GetBucketVersioningCommand({ Bucket }));
  const [encryption, access] = await Promise.all([
    aws.s3.send(new GetBucketEncryptionCommand({ Bucket })).catch(() => undefined),
    aws.s3.send(new GetPublicAccessBlockCommand({ Bucket })).catch(() => undefined),
  ]);
  const block = access?.PublicAccessBlockConfiguration;
  const lacks = [
    Status === "Enabled" ? "" : "versions",
    encryption?.ServerSideEncryptionConfiguration?.Rules?.length ? "" : "encryption",
    block?.BlockPublicAcls && block.BlockPublicPolicy && block.IgnorePublicAcls && block.RestrictPublicBuckets
      ? ""
      : "a public access block",
  ].filter(Boolean);
  return [
    lacks.length === 0
      ? pass(what, `${Bucket}: versioned, encrypted, private`)
      : fail(what, `${Bucket} lacks ${lacks.join(", ")}`, mend),
  ];
};

export const lockTable: Check = async ({ stateAws: aws, settings, option }) => {
  const what = "lock table";
  const { suffix, values } = settings;
  const { STATE_LOCK_TABLE: TableName, STATE_BUCKET: bucket, STATE_REGION: region = HOME_REGION } = values;
  if (!TableName) return [];
  try {
    const { Table } = await aws.dynamoDb.send(new DescribeTableCommand({ TableName }));
    const key = Table?.KeySchema?.[0]?.AttributeName;
    if (key !== LOCK_KEY)
      return [
        fail(
          what,
          `${TableName} has the key '${key}', Terraform locks by '${LOCK_KEY}'`,
          "choose another STATE_LOCK_TABLE",
        ),
      ];
    if (
      bucket &&
      (await hasDigest(aws, TableName, bucket, suffix)) &&
      !(await hasState(aws.s3, bucket, suffix))
    )
      return [fail(what, ...stateIsLost({ table: TableName, bucket, region, suffix }))];
    return [pass(what, TableName)];
  } catch (error) {
    if (codeOf(error) !== "ResourceNotFoundException") throw error;
    return [fail(what, `${TableName} is not there`, `bin/catalog bootstrap${option}`)];
  }
};

/**
 * Something bears the names, and no state knows of it. The plan takes it over, and itself refuses what is unclear, so that
 * a lost state is got back by a deployment. But one that only lies elsewhere must not be made a second time.
 */
export const earlierRun: Check = async ({ aws, stateAws, config, settings, option }) => {
  const what = "earlier environment of this suffix";
  const { suffix, values } = settings;
  const { STATE_BUCKET: bucket } = values;
  const isThere = bucket
    ? await hasState(stateAws.s3, bucket, suffix)
    : existsSync(String(valuesAt(config.root, "terraform.backend.local.path")[0]));
  if (isThere) return [pass(what, "its state is there")];
  // Snapshots of the database, and the role that deploys, belong to no state.
  const left = (await findLeftovers(aws, suffix)).filter(
    (item) => item.type !== "aws_db_cluster_snapshot" && !isKept(item),
  );
  if (left.length === 0) return [pass(what, "nothing is left of one")];
  const elsewhere = await bucketWithState(aws, suffix, bucket);
  if (elsewhere)
    return [fail(what, `its state is in ${elsewhere}`, `set STATE_BUCKET=${elsewhere}, and its lock table`)];
  const names = left.slice(0, 3).map(({ name }) => name);
  return [
    warn(
      what,
      `${left.length} items of '${suffix}' exist, and no state: ${names.join(", ")} …`,
      `nothing to go on with it, the plan takes it over; bin/catalog destroy${option} to begin anew`,
    ),
  ];
};

async function hasDigest(
  { dynamoDb }: Parameters<Check>[0]["stateAws"],
  TableName: string,
  bucket: string,
  suffix: string,
): Promise<boolean> {
  const digest = { [LOCK_KEY]: { S: `${bucket}/${stateKeyOf(suffix)}-md5` } };
  const { Item } = await dynamoDb.send(new GetItemCommand({ TableName, Key: digest, ConsistentRead: true }));
  return Item !== undefined;
}

async function hasState(s3: Aws["s3"], Bucket: string, suffix: string): Promise<boolean> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket, Key: stateKeyOf(suffix) }));
    return true;
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    return false;
  }
}

/** Among the buckets that bootstrap made, which bear no name of an environment's, and that whoever asks may read. */
async function bucketWithState(
  { tagging, s3 }: Aws,
  suffix: string,
  present: string | undefined,
): Promise<string | undefined> {
  const key = stateKeyOf(suffix);
  const mine = { ResourceTypeFilters: ["s3"], TagFilters: [PROJECT] };
  const found = await all(
    paginateGetResources({ client: tagging }, mine),
    (page) => page.ResourceTagMappingList,
  );
  const buckets = found
    .filter(({ Tags = [] }) => !Tags.some(({ Key }) => Key === "Name"))
    .map(({ ResourceARN = "" }) => ResourceARN.split(":").at(-1)!);
  for (const bucket of buckets)
    if (bucket !== present && (await listsResources(s3, bucket, { key }).catch(() => false))) return bucket;
  return undefined;
}

/** Roles that AWS's services make for themselves at first use, if whoever deploys may let them. */
const SERVICE_LINKED = {
  "ecs.amazonaws.com": "AWSServiceRoleForECS",
  "rds.amazonaws.com": "AWSServiceRoleForRDS",
  "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
  "ecs.application-autoscaling.amazonaws.com": "AWSServiceRoleForApplicationAutoScaling_ECSService",
};

/** What the deployment will call and whoever deploys may not, as IAM itself judges it. */
export const permissions: Check = async ({ aws, config, settings }) => {
  const what = "permissions of the deployer";
  const { Arn = "" } = await aws.sts.send(new GetCallerIdentityCommand({}));
  const account = Arn.split(":")[4];
  const policy = deployerPolicy(config, {
    ...(account && { account }),
    suffix: settings.suffix,
    stateBucket: settings.values.STATE_BUCKET,
    lockTable: settings.values.STATE_LOCK_TABLE,
  });
  const source = await sourceOf(aws, Arn);
  const denied = new Set<string>();
  for (const { Action, Resource } of policy.Statement) {
    for (let from = 0; from < Action.length; from += BATCH) {
      const { EvaluationResults = [] } = await aws.iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: source,
          ActionNames: Action.slice(from, from + BATCH),
          ResourceArns: [...Resource],
        }),
      );
      for (const { EvalActionName = "", EvalDecision, ResourceSpecificResults = [] } of EvaluationResults)
        if (
          EvalDecision !== "allowed" ||
          ResourceSpecificResults.some(({ EvalResourceDecision }) => EvalResourceDecision !== "allowed")
        )
          denied.add(EvalActionName);
    }
  }
  if (denied.size > 0) {
    const shown = [...denied].slice(0, 5).join(", ");
    return [
      fail(
        what,
        `${denied.size} actions are denied: ${shown}${denied.size > 5 ? " …" : ""}`,
        `give ${source} what bin/catalog policy prints`,
      ),
    ];
  }
  const missing = await missingRoles(aws);
  return [
    pass(
      what,
      `all ${actionsOf(policy).length} actions are allowed${missing.length > 0 ? `; ${missing.length} service-linked roles are made at first use` : ""}`,
    ),
  ];
};

/** How many actions IAM judges in one call. */
const BATCH = 50;

/** A session's ARN names the role without its path, which IAM wants to know. */
async function sourceOf({ iam }: Aws, arn: string): Promise<string> {
  const [, account, RoleName] = /^arn:aws:sts::(\d+):assumed-role\/([^/]+)\//.exec(arn) ?? [];
  if (!RoleName) return arn;
  const found = await iam.send(new GetRoleCommand({ RoleName })).catch(() => undefined);
  return found?.Role?.Arn ?? `arn:aws:iam::${account}:role/${RoleName}`;
}

async function missingRoles({ iam }: Aws): Promise<string[]> {
  const found = await Promise.all(
    Object.entries(SERVICE_LINKED).map(async ([service, RoleName]) => {
      try {
        await iam.send(new GetRoleCommand({ RoleName }));
        return [];
      } catch {
        return [service];
      }
    }),
  );
  return found.flat();
}
