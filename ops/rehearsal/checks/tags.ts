import assert from "node:assert/strict";
import { ListTagsForResourceCommand as ListScalingTags } from "@aws-sdk/client-application-auto-scaling";
import { ListTagsForResourceCommand as ListDistributionTags } from "@aws-sdk/client-cloudfront";
import { ListTagsForResourceCommand as ListAlarmTags } from "@aws-sdk/client-cloudwatch";
import { ListTagsForResourceCommand as ListLogTags } from "@aws-sdk/client-cloudwatch-logs";
import { paginateDescribeTags } from "@aws-sdk/client-ec2";
import { ListTagsForResourceCommand as ListContainerTags } from "@aws-sdk/client-ecs";
import { DescribeTagsCommand as DescribeBalancerTags } from "@aws-sdk/client-elastic-load-balancing-v2";
import { ListTagsForResourceCommand as ListRuleTags } from "@aws-sdk/client-eventbridge";
import { ListRoleTagsCommand } from "@aws-sdk/client-iam";
import { ListTagsForResourceCommand as ListDatabaseTags } from "@aws-sdk/client-rds";
import { GetBucketTaggingCommand } from "@aws-sdk/client-s3";
import { DescribeSecretCommand } from "@aws-sdk/client-secrets-manager";
import { ListTagsForResourceCommand as ListTopicTags } from "@aws-sdk/client-sns";
import { CLOUDFRONT_REGION } from "../../../local/regions.ts";
import type { Aws } from "../../aws.ts";
import { all } from "../../inventory/item.ts";
import type { Check, CheckContext, StateResource } from "./check.ts";

type Tags = readonly { Key?: string; Value?: string }[] | undefined;

/** Asks the service that an ARN belongs to for the tags of it. */
const READERS: Record<string, (aws: Aws, arn: string, resource: StateResource) => Promise<Tags>> = {
  "application-autoscaling": async (aws, ResourceARN) =>
    pairs((await aws.applicationAutoScaling.send(new ListScalingTags({ ResourceARN }))).Tags),
  cloudfront: async (aws, Resource) =>
    (await aws.cloudFront.send(new ListDistributionTags({ Resource }))).Tags?.Items,
  cloudwatch: async (aws, ResourceARN) =>
    (
      await (isEdge(ResourceARN) ? aws.edgeCloudWatch : aws.cloudWatch).send(
        new ListAlarmTags({ ResourceARN }),
      )
    ).Tags,
  ecs: async (aws, resourceArn) =>
    (await aws.ecs.send(new ListContainerTags({ resourceArn }))).tags?.map(({ key, value }) => ({
      Key: key,
      Value: value,
    })),
  elasticloadbalancing: async (aws, arn) =>
    (await aws.loadBalancing.send(new DescribeBalancerTags({ ResourceArns: [arn] }))).TagDescriptions?.[0]
      ?.Tags,
  events: async (aws, ResourceARN) => (await aws.events.send(new ListRuleTags({ ResourceARN }))).Tags,
  iam: async (aws, _, { values }) =>
    (await aws.iam.send(new ListRoleTagsCommand({ RoleName: String(values.name) }))).Tags,
  logs: async (aws, resourceArn) =>
    pairs(
      (await (isEdge(resourceArn) ? aws.edgeLogs : aws.logs).send(new ListLogTags({ resourceArn }))).tags,
    ),
  rds: async (aws, ResourceName) => (await aws.rds.send(new ListDatabaseTags({ ResourceName }))).TagList,
  s3: async (aws, _, { values }) =>
    (await aws.s3.send(new GetBucketTaggingCommand({ Bucket: String(values.bucket) }))).TagSet,
  secretsmanager: async (aws, SecretId) =>
    (await aws.secrets.send(new DescribeSecretCommand({ SecretId }))).Tags,
  sns: async (aws, ResourceArn) =>
    (await (isEdge(ResourceArn) ? aws.edgeSns : aws.sns).send(new ListTopicTags({ ResourceArn }))).Tags,
};

const isEdge = (arn: string): boolean => arn.split(":")[3] === CLOUDFRONT_REGION;

const pairs = (tags: Record<string, string> | undefined): Tags =>
  Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value }));

export const tags: Check[] = [
  {
    demand:
      "every taggable resource carries Environment=production, Project=catalog-api, its Suffix and a name with it",
    async run(context) {
      const taggable = context.resources.filter(
        ({ mode, values }) => mode === "managed" && "tags_all" in values,
      );
      const found = await Promise.all(
        taggable.map(async (resource) => ({ resource, tags: await tagsOf(context, resource) })),
      );
      assert.ok(found.length >= 50, `only ${found.length} resources are taggable`);
      const wrong = found.filter(
        ({ tags }) =>
          tags.Environment !== "production" ||
          tags.Project !== "catalog-api" ||
          tags.Suffix !== context.suffix ||
          !tags.Name?.includes(context.suffix),
      );
      assert.deepEqual(
        wrong.map(({ resource, tags }) => `${resource.address} ${JSON.stringify(tags)}`),
        [],
      );
    },
  },
];

async function tagsOf(context: CheckContext, resource: StateResource): Promise<Record<string, string>> {
  // Provider 5 knows the ARN of an ECS service only as its id.
  const arn = String(resource.values.arn ?? resource.values.id);
  const service = arn.split(":")[2] ?? "";
  const read = READERS[service];
  const found = read
    ? await read(context.aws, arn, resource)
    : (await ec2Tags(context)).get(String(resource.values.id));
  return Object.fromEntries(found?.map(({ Key = "", Value = "" }) => [Key, Value]) ?? []);
}

/** EC2 has one list of all tags. Some of its resources have no ARN, or one under another service's name. */
const ec2Tags = memoized(async ({ aws }: CheckContext) => {
  const byResource = new Map<string, { Key?: string; Value?: string }[]>();
  for (const { ResourceId = "", Key, Value } of await all(
    paginateDescribeTags({ client: aws.ec2 }, {}),
    (page) => page.Tags,
  )) {
    byResource.set(ResourceId, [...(byResource.get(ResourceId) ?? []), { Key, Value }]);
  }
  return byResource;
});

function memoized<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return (key) => {
    if (!known.has(key)) known.set(key, compute(key));
    return known.get(key)!;
  };
}
