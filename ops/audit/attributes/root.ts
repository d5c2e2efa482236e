import { z } from "zod";
import { CLOUDFRONT_REGION, HOME_REGION } from "../../../local/regions.ts";
import { block, text } from "./schema.ts";

const defaultTags = block(
  z.strictObject({
    tags: z.strictObject({
      Environment: z.literal("production"),
      Project: z.literal("catalog-api"),
      Suffix: z.string().min(1),
    }),
  }),
);
const output = (value: RegExp) =>
  z.strictObject({
    description: text,
    value: z.string().regex(value, "show what the output is named after"),
  });
const of = (type: string, attribute: string) =>
  output(new RegExp(`^\\$\\{${type}\\.\\w+\\.${attribute}\\}$`));

/** What stands beside the resources: providers without credentials, the backend, the outputs that the guides read. */
export const root = z.strictObject({
  "//": z.unknown(),
  terraform: z.strictObject({
    required_version: z.string().regex(/^>= \d+\.\d+\.\d+$/), // `terraform-version` judges it
    required_providers: z.strictObject({
      aws: z.strictObject({
        source: z.literal(["aws", "hashicorp/aws"]),
        version: z.string(), // `provider-versions` judges it
      }),
    }),
    backend: z.union([
      z.strictObject({ local: z.strictObject({ path: z.string().min(1) }) }),
      z.strictObject({
        s3: z.strictObject({
          bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/),
          key: z.string().min(1), // `state-per-environment` judges it
          region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/),
          encrypt: z.literal(true),
          dynamodb_table: z.string().regex(/^[\w.-]{3,255}$/),
        }),
      }),
    ]),
  }),
  provider: z.strictObject({
    aws: z.tuple([
      z.strictObject({ region: z.literal(HOME_REGION), default_tags: defaultTags }),
      z.strictObject({
        alias: z.literal(CLOUDFRONT_REGION),
        region: z.literal(CLOUDFRONT_REGION),
        default_tags: defaultTags,
      }),
    ]),
  }),
  output: z.strictObject({
    "cloudfront-url": output(/^https:\/\/(\$\{aws_cloudfront_distribution\.\w+\.domain_name\}|[a-z0-9.-]+)$/),
    "alb-dns-name": of("aws_lb", "dns_name"),
    "distribution-id": of("aws_cloudfront_distribution", "id"),
    "cluster-name": of("aws_ecs_cluster", "name"),
    "service-name": of("aws_ecs_service", "name"),
    "api-log-group": of("aws_cloudwatch_log_group", "name"),
    "dashboard-name": output(/^dashboard-[a-z0-9-]+$/),
    "database-endpoint": of("aws_rds_cluster", "endpoint"),
    "database-reader-endpoint": of("aws_rds_cluster", "reader_endpoint"),
    "database-secret-arn": of("aws_secretsmanager_secret", "arn"),
    "database-api-secret-arn": of("aws_secretsmanager_secret", "arn"),
    "origin-token-secret-arn": of("aws_secretsmanager_secret", "arn"),
    "api-keys-secret-arn": of("aws_secretsmanager_secret", "arn"),
  }),
  // What an earlier release called otherwise stays where it is.
  moved: z
    .array(
      z
        .strictObject({
          from: z
            .string()
            .regex(
              /^aws_secretsmanager_secret\.Api_ApiKeys_[0-9A-F]{8}$|^aws_secretsmanager_secret_version\.Api_ApiKeys_Version_[0-9A-F]{8}$/,
            ),
          to: z.string().regex(/^aws_secretsmanager_secret(_version)?\.Api_ApiKeysV\d+_/),
        })
        .refine(({ from, to }) => from.split(".")[0] === to.split(".")[0], "let it stay of its type"),
    )
    .length(2),
  resource: z.unknown(),
  data: z.unknown(),
  ephemeral: z.unknown(),
});
