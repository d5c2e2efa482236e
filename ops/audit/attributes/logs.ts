import { z } from "zod";
import { resourcePolicies } from "./iam.ts";
import {
  anyProvider,
  block,
  dependsOn,
  exactly,
  name,
  number,
  provider,
  reference,
  setOf,
  tags,
} from "./schema.ts";

const bucket = reference("aws_s3_bucket", "id");

export const logs = {
  aws_cloudwatch_log_group: z.strictObject({
    name,
    // What CloudWatch takes; `log-retention` judges it.
    retention_in_days: number(
      z.literal([30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2557, 3653]),
    ),
    provider: anyProvider,
    tags,
  }),
  aws_cloudwatch_log_delivery_source: z.strictObject({
    name,
    provider,
    log_type: z.literal("ACCESS_LOGS"),
    resource_arn: reference("aws_cloudfront_distribution", "arn"),
    tags,
  }),
  aws_cloudwatch_log_delivery_destination: z.strictObject({
    name,
    provider,
    output_format: z.literal("json"), // the saved queries read fields by name
    delivery_destination_configuration: block(
      z.strictObject({ destination_resource_arn: reference("aws_cloudwatch_log_group", "arn") }),
    ),
    tags,
  }),
  aws_cloudwatch_log_delivery: z.strictObject({
    provider,
    delivery_source_name: reference("aws_cloudwatch_log_delivery_source", "name"),
    // Whether they are enough for the saved queries, `edge-log-fields` judges.
    record_fields: setOf(
      ...["date", "time", "x-edge-location", "x-edge-request-id", "c-ip", "cs-method", "x-host-header"],
      ...["cs-uri-stem", "cs-uri-query", "cs(User-Agent)", "cs-protocol", "cs-protocol-version"],
      ...["sc-status", "sc-bytes", "time-taken", "time-to-first-byte"],
      ...["x-edge-result-type", "x-edge-response-result-type", "x-edge-detailed-result-type"],
    ),
    delivery_destination_arn: reference("aws_cloudwatch_log_delivery_destination", "arn"),
    depends_on: dependsOn,
    tags,
  }),
  aws_cloudwatch_log_resource_policy: z.strictObject({
    policy_name: name,
    provider: anyProvider,
    ...resourcePolicies.aws_cloudwatch_log_resource_policy,
  }),
  aws_s3_bucket: z.strictObject({
    // Buckets of all accounts share their names.
    bucket: z.string().regex(/\$\{data\.aws_caller_identity\.\w+\.account_id\}/),
    force_destroy: z.literal(true),
    tags,
  }),
  aws_s3_bucket_lifecycle_configuration: z.strictObject({
    bucket,
    rule: block(
      z.strictObject({
        id: name,
        status: z.literal("Enabled"),
        filter: block(z.strictObject({ prefix: z.literal("") })),
        expiration: block(z.strictObject({ days: exactly(30) })),
        abort_incomplete_multipart_upload: block(z.strictObject({ days_after_initiation: exactly(1) })),
      }),
    ),
  }),
  aws_s3_bucket_ownership_controls: z.strictObject({
    bucket,
    rule: block(z.strictObject({ object_ownership: z.literal("BucketOwnerEnforced") })),
  }),
  aws_s3_bucket_public_access_block: z.strictObject({
    bucket,
    block_public_acls: z.literal(true),
    block_public_policy: z.literal(true),
    ignore_public_acls: z.literal(true),
    restrict_public_buckets: z.literal(true),
  }),
  aws_s3_bucket_server_side_encryption_configuration: z.strictObject({
    bucket,
    rule: block(
      z.strictObject({
        apply_server_side_encryption_by_default: block(
          z.strictObject({ sse_algorithm: z.literal("AES256") }),
        ),
      }),
    ),
  }),
  aws_s3_bucket_policy: z.strictObject({
    bucket,
    depends_on: dependsOn,
    ...resourcePolicies.aws_s3_bucket_policy,
  }),
};
