import { z } from "zod";
import { dependsOn, json, name, reference, references, replacedFirst, setOf, tags, text } from "./schema.ts";

const ACCOUNT = /^\$\{data\.aws_caller_identity\.\w+\.account_id\}$/;
const ECR_REPOSITORY =
  /^arn:\$\{data\.aws_partition\.\w+\.partition\}:ecr:[a-z0-9-]+:\d{12}:repository\/[a-z0-9._/-]+$/;

const statement = (actions: string[], resource: z.ZodType) =>
  z.strictObject({
    Effect: z.literal("Allow"),
    Action: z
      .array(z.literal(actions))
      .min(1)
      .refine((given) => new Set(given).size === given.length, "name each action once"),
    Resource: z.tuple([resource]),
  });
/** A group's streams. */
const streams = z.string().regex(/^\$\{aws_cloudwatch_log_group\.\w+\.arn\}:\*$/);
const everywhere = z.literal("*");

/** Every grant that there is in this system. Which role may have which is `grants-by-role`'s to judge. */
const grant = z.union([
  statement(["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"], streams),
  statement(["logs:DescribeLogGroups"], everywhere),
  statement(["secretsmanager:GetSecretValue"], reference("aws_secretsmanager_secret", "arn")),
  statement(["ecr:GetAuthorizationToken"], everywhere),
  statement(
    ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
    z.string().regex(ECR_REPOSITORY),
  ),
  statement(
    [
      "ssmmessages:CreateControlChannel",
      "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel",
      "ssmmessages:OpenDataChannel",
    ],
    everywhere,
  ),
]);

const trust = z.strictObject({
  Effect: z.literal("Allow"),
  Principal: z.strictObject({
    Service: z.tuple([z.literal(["ecs-tasks.amazonaws.com", "vpc-flow-logs.amazonaws.com"])]),
  }),
  Action: z.tuple([z.literal("sts:AssumeRole")]),
  // `trusted-services` says which service must be held to the account.
  Condition: z
    .strictObject({ StringEquals: z.strictObject({ "aws:SourceAccount": z.string().regex(ACCOUNT) }) })
    .optional(),
});

const document = <T extends z.ZodType>(statements: T) =>
  json(z.strictObject({ Version: z.literal("2012-10-17"), Statement: statements }));

export const iam = {
  aws_iam_role: z.strictObject({
    name,
    description: text,
    assume_role_policy: document(z.tuple([trust])),
    tags,
  }),
  aws_iam_role_policy: z.strictObject({
    name,
    role: reference("aws_iam_role", "(name|id)"),
    policy: document(z.array(grant).min(1)),
    lifecycle: replacedFirst.optional(),
    depends_on: dependsOn.optional(),
  }),
  "data.aws_caller_identity": z.strictObject({}),
  "data.aws_partition": z.strictObject({}),
};

const LOGS_OF_ACCOUNT =
  /^arn:\$\{data\.aws_partition\.\w+\.partition\}:logs:us-east-1:\$\{data\.aws_caller_identity\.\w+\.account_id\}:\*$/;
/** CloudFront's access logs. */
const deliveredLogs = z.strictObject({
  Effect: z.literal("Allow"),
  Principal: z.strictObject({ Service: z.tuple([z.literal("delivery.logs.amazonaws.com")]) }),
  Action: z.tuple([z.literal("logs:CreateLogStream"), z.literal("logs:PutLogEvents")]),
  Resource: z.tuple([z.string().regex(/^\$\{aws_cloudwatch_log_group\.\w+\.arn\}:log-stream:\*$/)]),
  Condition: z.strictObject({
    StringEquals: z.strictObject({ "aws:SourceAccount": z.string().regex(ACCOUNT) }),
    ArnLike: z.strictObject({ "aws:SourceArn": z.string().regex(LOGS_OF_ACCOUNT) }),
  }),
});
/** EventBridge's events (EventBridge user guide, "CloudWatch Logs permissions"). */
const streamsOfEvents = z.strictObject({
  Effect: z.literal("Allow"),
  Principal: z.strictObject({ Service: setOf("delivery.logs.amazonaws.com", "events.amazonaws.com") }),
  Action: z.tuple([z.literal("logs:CreateLogStream")]),
  Resource: z.tuple([streams]),
});
const eventsOfRules = streamsOfEvents.extend({
  Action: z.tuple([z.literal("logs:PutLogEvents")]),
  Condition: z.strictObject({
    ArnEquals: z.strictObject({ "aws:SourceArn": references("aws_cloudwatch_event_rule", "arn", [1, 20]) }),
  }),
});
const alarmsTell = z.strictObject({
  Sid: z.literal("Alarms"),
  Effect: z.literal("Allow"),
  Principal: z.strictObject({ Service: z.tuple([z.literal("cloudwatch.amazonaws.com")]) }),
  Action: z.tuple([z.literal("sns:Publish")]),
  Resource: z.tuple([reference("aws_sns_topic", "arn")]),
  Condition: z.strictObject({
    StringEquals: z.strictObject({ "aws:SourceAccount": z.string().regex(ACCOUNT) }),
  }),
});
const ruleTells = alarmsTell.extend({
  Sid: z.string().regex(/^[A-Za-z]+$/),
  Principal: z.strictObject({ Service: z.tuple([z.literal("events.amazonaws.com")]) }),
  Condition: z.strictObject({
    ArnEquals: z.strictObject({ "aws:SourceArn": reference("aws_cloudwatch_event_rule", "arn") }),
  }),
});
const bucket = reference("aws_s3_bucket", "arn");
const PREFIX =
  /^\$\{aws_s3_bucket\.\w+\.arn\}\/[a-z]+\/AWSLogs\/\$\{data\.aws_caller_identity\.\w+\.account_id\}\/\*$/;

export const resourcePolicies = {
  aws_s3_bucket_policy: {
    policy: document(
      z.tuple([
        z.strictObject({
          Sid: z.literal("TlsOnly"),
          Effect: z.literal("Deny"),
          Principal: z.literal("*"),
          Action: z.tuple([z.literal("s3:*")]),
          Resource: z.tuple([bucket, z.string().regex(/^\$\{aws_s3_bucket\.\w+\.arn\}\/\*$/)]),
          Condition: z.strictObject({ Bool: z.strictObject({ "aws:SecureTransport": z.literal("false") }) }),
        }),
        z.strictObject({
          Sid: z.literal("LoadBalancerAccessLogs"),
          Effect: z.literal("Allow"),
          Principal: z.strictObject({
            Service: z.tuple([z.literal("logdelivery.elasticloadbalancing.amazonaws.com")]),
          }),
          Action: z.tuple([z.literal("s3:PutObject")]),
          Resource: z.tuple([z.string().regex(PREFIX)]),
        }),
      ]),
    ),
  },
  aws_cloudwatch_log_resource_policy: {
    policy_document: document(z.union([z.tuple([deliveredLogs]), z.tuple([streamsOfEvents, eventsOfRules])])),
  },
  aws_sns_topic_policy: {
    policy: document(z.union([z.tuple([alarmsTell]), z.tuple([alarmsTell, ruleTells])])),
  },
};
