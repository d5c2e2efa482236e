/** What IAM asks of a call: which actions, on which resources. By the names of AWS's service authorisation reference. */
import { type Call, json, parameters } from "../rehearsal/call.ts";

export interface AuthorisationRequest {
  /** `ecs:CreateService` */
  readonly action: string;
  /** ARNs; `*` where the call names none, or AWS knows none for the action. */
  readonly resources: readonly string[];
  /** Of iam:PassRole: the service that gets the role. */
  readonly passedTo?: string;
}

/** Signing names that are not IAM's. */
const PREFIXES: Readonly<Record<string, string>> = { monitoring: "cloudwatch", tagging: "tag" };

const ANY = ["*"];

/** @param account number of the account that the call is made in */
export function requestsOf(call: Call, account: string): AuthorisationRequest[] {
  const prefix = PREFIXES[call.service] ?? call.service;
  if (prefix === "s3") return s3(call);
  if (prefix === "cloudfront") return cloudFront(call);
  const own = { action: `${prefix}:${call.operation}`, resources: resourcesOf(call, prefix, account) };
  return [own, ...tagging(call, prefix, own.resources), ...(DEPENDENT[own.action]?.(call) ?? [])];
}

/** Who makes something with tags needs the right to tag it too. */
const TAGGING: Readonly<Record<string, string>> = {
  cloudwatch: "TagResource",
  "application-autoscaling": "TagResource",
  ec2: "CreateTags",
  ecs: "TagResource",
  elasticloadbalancing: "AddTags",
  events: "TagResource",
  iam: "TagRole",
  logs: "TagResource",
  rds: "AddTagsToResource",
  secretsmanager: "TagResource",
  sns: "TagResource",
  wafv2: "TagResource",
};

function tagging(call: Call, prefix: string, resources: readonly string[]): AuthorisationRequest[] {
  const action = TAGGING[prefix];
  const makes = /^(?:Create|Put|Register|Allocate)/.test(call.operation);
  return action && makes && /[Tt]ag(?:s|Specification)\b/.test(call.body.toString())
    ? [{ action: `${prefix}:${action}`, resources }]
    : [];
}

/** What AWS asks besides, since one service acts through another. https://docs.aws.amazon.com/service-authorization/latest/reference/ */
const DEPENDENT: Readonly<Record<string, (call: Call) => AuthorisationRequest[]>> = {
  "ecs:RegisterTaskDefinition": (call) => {
    const { executionRoleArn, taskRoleArn } = json<{ executionRoleArn?: string; taskRoleArn?: string }>(call);
    return passRole("ecs-tasks.amazonaws.com", executionRoleArn, taskRoleArn);
  },
  // CloudFront's access log: the delivery's source is a distribution.
  "logs:PutDeliverySource": (call) => [
    {
      action: "cloudfront:AllowVendedLogDeliveryForResource",
      resources: [json<{ resourceArn: string }>(call).resourceArn],
    },
  ],
  "wafv2:PutLoggingConfiguration": () =>
    ["CreateLogDelivery", "DescribeLogGroups", "DescribeResourcePolicies", "PutResourcePolicy"].map(
      (name) => ({
        action: `logs:${name}`,
        resources: ANY,
      }),
    ),
  "ec2:CreateFlowLogs": (call) =>
    passRole("vpc-flow-logs.amazonaws.com", parameters(call).get("DeliverLogsPermissionArn") ?? undefined),
};

const passRole = (passedTo: string, ...roles: readonly (string | undefined)[]): AuthorisationRequest[] => [
  { action: "iam:PassRole", resources: roles.filter((role) => role !== undefined), passedTo },
];

/** The resources that a call names, for the services whose names the policy tells apart. */
function resourcesOf(call: Call, prefix: string, account: string): readonly string[] {
  const arn = (service: string, name: string) => `arn:aws:${service}:${call.region}:${account}:${name}`;
  const named = (found: readonly (string | undefined | null)[]) => {
    const present = found.filter((each): each is string => !!each);
    return present.length > 0 ? present : ANY;
  };
  const whole = (value: unknown, make: (name: string) => string) =>
    typeof value === "string" && value ? (value.startsWith("arn:") ? value : make(value)) : undefined;
  switch (prefix) {
    case "iam": {
      const role = parameters(call).get("RoleName");
      return named([role && `arn:aws:iam::${account}:role/${role}`]);
    }
    case "rds": {
      const asked = parameters(call);
      const kinds = {
        DBClusterIdentifier: "cluster",
        DBInstanceIdentifier: "db",
        DBSubnetGroupName: "subgrp",
        DBClusterParameterGroupName: "cluster-pg",
        DBClusterSnapshotIdentifier: "cluster-snapshot",
        FinalDBSnapshotIdentifier: "cluster-snapshot",
      };
      return named([
        asked.get("ResourceName"),
        ...Object.entries(kinds).map(([name, kind]) =>
          whole(asked.get(name), (id) => arn("rds", `${kind}:${id}`)),
        ),
      ]);
    }
    case "sns": {
      const asked = parameters(call);
      return named([
        asked.get("TopicArn") ??
          asked.get("ResourceArn") ??
          whole(asked.get("Name"), (name) => arn("sns", name)),
      ]);
    }
    case "secretsmanager": {
      const { SecretId, Name } = json<{ SecretId?: string; Name?: string }>(call);
      return named([whole(SecretId ?? Name, (name) => arn("secretsmanager", `secret:${name}-AbCdEf`))]);
    }
    case "events": {
      const { Name, Rule, ResourceARN } = json<{ Name?: string; Rule?: string; ResourceARN?: string }>(call);
      return named([ResourceARN ?? whole(Rule ?? Name, (name) => arn("events", `rule/${name}`))]);
    }
    case "dynamodb":
      return named([
        whole(json<{ TableName?: string }>(call).TableName, (name) => arn("dynamodb", `table/${name}`)),
      ]);
    case "logs": {
      const { logGroupName } = json<{ logGroupName?: string }>(call);
      return named([whole(logGroupName, (name) => arn("logs", `log-group:${name}:*`))]);
    }
    case "ecs":
      return named(ecs(call, arn));
    case "elasticloadbalancing":
      return named(balancer(call, arn));
    default:
      return ANY;
  }
}

function ecs(call: Call, arn: (service: string, name: string) => string): (string | undefined)[] {
  const asked = json<Record<string, string | string[] | undefined>>(call);
  const name = (value: string) => value.slice(value.lastIndexOf("/") + 1);
  const cluster = typeof asked.cluster === "string" ? name(asked.cluster) : undefined;
  const inCluster = (kind: string, value: string) =>
    value.startsWith("arn:") ? value : arn("ecs", `${kind}/${cluster}/${value}`);
  if (/TaskDefinition$|^RunTask$/.test(call.operation)) {
    const family = asked.family ?? asked.taskDefinition;
    return typeof family === "string"
      ? [
          family.startsWith("arn:")
            ? family
            : arn("ecs", `task-definition/${family.includes(":") ? family : `${family}:1`}`),
        ]
      : [];
  }
  if (typeof asked.resourceArn === "string") return [asked.resourceArn];
  const service = asked.service ?? asked.serviceName ?? asked.services;
  if (service !== undefined) return [service].flat().map((each) => inCluster("service", each));
  if (Array.isArray(asked.tasks)) return asked.tasks.map((each) => inCluster("task", each));
  const clusters = [asked.cluster ?? asked.clusterName ?? asked.clusters ?? []].flat();
  return clusters.map((each) => (each.startsWith("arn:") ? each : arn("ecs", `cluster/${each}`)));
}

/** Creating and changing names a balancer, a listener, a rule or a target group; describing knows no resource. */
function balancer(call: Call, arn: (service: string, name: string) => string): (string | undefined)[] {
  if (call.operation.startsWith("Describe")) return [];
  const asked = [...parameters(call)];
  const arns = asked
    .filter(([, value]) => value.startsWith("arn:aws:elasticloadbalancing:"))
    .map(([, value]) => value);
  const own = { CreateLoadBalancer: "loadbalancer/app/", CreateTargetGroup: "targetgroup/" }[call.operation];
  const name = parameters(call).get("Name");
  if (own && name) return [arn("elasticloadbalancing", `${own}${name}/0123456789abcdef`)];
  // A listener's actions name the target group that they forward to, which is not what is asked for.
  return arns.slice(0, 1);
}

const BUCKET: Readonly<Record<string, readonly [get: string, put: string, remove: string]>> = {
  accelerate: ["GetAccelerateConfiguration", "PutAccelerateConfiguration", ""],
  acl: ["GetBucketAcl", "PutBucketAcl", ""],
  cors: ["GetBucketCORS", "PutBucketCORS", "PutBucketCORS"],
  encryption: ["GetEncryptionConfiguration", "PutEncryptionConfiguration", "PutEncryptionConfiguration"],
  lifecycle: ["GetLifecycleConfiguration", "PutLifecycleConfiguration", "PutLifecycleConfiguration"],
  location: ["GetBucketLocation", "", ""],
  logging: ["GetBucketLogging", "PutBucketLogging", ""],
  "object-lock": ["GetBucketObjectLockConfiguration", "PutBucketObjectLockConfiguration", ""],
  ownershipControls: [
    "GetBucketOwnershipControls",
    "PutBucketOwnershipControls",
    "PutBucketOwnershipControls",
  ],
  policy: ["GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"],
  publicAccessBlock: [
    "GetBucketPublicAccessBlock",
    "PutBucketPublicAccessBlock",
    "PutBucketPublicAccessBlock",
  ],
  replication: ["GetReplicationConfiguration", "PutReplicationConfiguration", "PutReplicationConfiguration"],
  requestPayment: ["GetBucketRequestPayment", "PutBucketRequestPayment", ""],
  tagging: ["GetBucketTagging", "PutBucketTagging", "PutBucketTagging"],
  uploads: ["ListBucketMultipartUploads", "", ""],
  versioning: ["GetBucketVersioning", "PutBucketVersioning", ""],
  versions: ["ListBucketVersions", "", ""],
  website: ["GetBucketWebsite", "PutBucketWebsite", "DeleteBucketWebsite"],
};

function s3({ method, path }: Call): AuthorisationRequest[] {
  const url = new URL(path, "http://s3");
  const control = /^\/v20180820\/tags\/(.+)$/.exec(url.pathname);
  const reads = method === "GET" || method === "HEAD";
  if (control) {
    const action = reads ? "ListTagsForResource" : method === "DELETE" ? "UntagResource" : "TagResource";
    return [{ action: `s3:${action}`, resources: [decodeURIComponent(control[1]!)] }];
  }
  const [, bucket = "", key = ""] = /^\/([^/]*)\/?(.*)$/.exec(decodeURIComponent(url.pathname))!;
  if (!bucket) return [{ action: "s3:ListAllMyBuckets", resources: ANY }];
  const arn = `arn:aws:s3:::${bucket}`;
  if (key) {
    const version = url.searchParams.has("versionId") ? "Version" : "";
    const action = reads
      ? `GetObject${version}`
      : method === "DELETE"
        ? `DeleteObject${version}`
        : "PutObject";
    return [{ action: `s3:${action}`, resources: [`${arn}/${key}`] }];
  }
  const about = Object.keys(BUCKET).find((name) => url.searchParams.has(name));
  if (about) {
    const [get, put, remove] = BUCKET[about]!;
    return [{ action: `s3:${reads ? get : method === "DELETE" ? remove : put}`, resources: [arn] }];
  }
  if (url.searchParams.has("delete")) return [{ action: "s3:DeleteObject", resources: [`${arn}/*`] }];
  const plain = { PUT: "CreateBucket", DELETE: "DeleteBucket" }[method] ?? "ListBucket";
  return [{ action: `s3:${plain}`, resources: [arn] }];
}

/** https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Operations.html */
const CLOUD_FRONT: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^POST distribution\?WithTags/, ["CreateDistribution", "TagResource"]],
  [/^POST distribution/, ["CreateDistribution"]],
  [/^GET distribution\/[^/]+\/config/, ["GetDistributionConfig"]],
  [/^PUT distribution\//, ["UpdateDistribution"]],
  [/^DELETE distribution\//, ["DeleteDistribution"]],
  [/^GET distribution\//, ["GetDistribution"]],
  [/^GET distribution/, ["ListDistributions"]],
  [/^GET tagging/, ["ListTagsForResource"]],
  [/^POST tagging\?.*Operation=Untag/, ["UntagResource"]],
  [/^POST tagging/, ["TagResource"]],
];

function cloudFront({ method, path, operation }: Call): AuthorisationRequest[] {
  const what = `${method} ${path.replace(/^\/\d{4}-\d\d-\d\d\//, "")}`;
  const [, actions = [operation]] = CLOUD_FRONT.find(([pattern]) => pattern.test(what)) ?? [];
  return actions.map((action) => ({ action: `cloudfront:${action}`, resources: ANY }));
}
