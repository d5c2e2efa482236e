import type { Block, Configuration } from "../../local/terraform-json/index.ts";
import { statementsOf } from "./iam.ts";
import { demand, each, type Rule, rule } from "./rule.ts";

const buckets = (config: Configuration) => config.of("aws_s3_bucket");

/** A bucket has a resource of this type that holds. */
const bucketHas = (config: Configuration, type: string, holds: (block: Block) => boolean, message: string) =>
  each(buckets(config), (bucket) => config.referrers(type, "bucket", bucket).some(holds), message);

/** Where the load balancer's access logs lie: how long, and who gets at them. */
export const logBuckets: readonly Rule[] = [
  rule({
    id: "bucket-lifecycle",
    source: "Core Requirements, 7; Constraints",
    words: "S3 log buckets: 30-day lifecycle policy",
    check: (config) => [
      ...demand(buckets(config).length > 0, "aws_s3_bucket", "There is no log bucket: add one."),
      ...bucketHas(
        config,
        "aws_s3_bucket_lifecycle_configuration",
        (lifecycle) =>
          lifecycle
            .blocks("rule")
            .some(
              (each) =>
                each.status === "Enabled" &&
                [each.expiration].flat().some((it) => isObject(it) && it.days === 30),
            ),
        "Give it a lifecycle configuration with an enabled rule that expires objects after 30 days.",
      ),
    ],
  }),
  rule({
    id: "lifecycle-filter",
    source: "S3 Lifecycle Configuration; Common Deployment Failures, 5",
    words: "Every lifecycle rule MUST include either filter or prefix parameter",
    check: (config) =>
      each(
        config.of("aws_s3_bucket_lifecycle_configuration"),
        (lifecycle) =>
          lifecycle
            .blocks("rule")
            .every(({ filter, prefix }) => filter !== undefined || prefix !== undefined),
        'Give each rule a filter: [{"prefix": ""}] is all objects.',
      ),
  }),
  rule({
    id: "bucket-private",
    source: "Security Hub, S3.8",
    words: "log buckets block public access",
    check: (config) =>
      bucketHas(
        config,
        "aws_s3_bucket_public_access_block",
        ({ body }) =>
          ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"].every(
            (each) => body[each] === true,
          ),
        "Give it a public access block with all four switches on.",
      ),
  }),
  rule({
    id: "bucket-acls-off",
    source: "Security Hub, S3.12",
    words: "log buckets have no ACLs",
    check: (config) =>
      bucketHas(
        config,
        "aws_s3_bucket_ownership_controls",
        (controls) => controls.get("rule.object_ownership") === "BucketOwnerEnforced",
        "Give it ownership controls with BucketOwnerEnforced.",
      ),
  }),
  rule({
    id: "bucket-encrypted",
    source: "Load balancer user guide, Access logs",
    words: "log buckets are encrypted with S3's own key, the only one that load balancers can write with",
    check: (config) =>
      bucketHas(
        config,
        "aws_s3_bucket_server_side_encryption_configuration",
        (encryption) =>
          encryption.get("rule.apply_server_side_encryption_by_default.sse_algorithm") === "AES256",
        "Give it a server-side encryption configuration with AES256.",
      ),
  }),
  rule({
    id: "bucket-tls",
    source: "Security Hub, S3.5",
    words: "log buckets refuse requests without TLS",
    check: (config) =>
      bucketHas(
        config,
        "aws_s3_bucket_policy",
        (policy) =>
          statementsOf(policy, "policy").some(
            ({ Effect, Principal, Condition }) =>
              Effect === "Deny" &&
              Principal === "*" &&
              JSON.stringify(Condition ?? null) === '{"Bool":{"aws:SecureTransport":"false"}}',
          ),
        "Deny everything in its policy when aws:SecureTransport is false.",
      ),
  }),
  rule({
    id: "balancer-may-write",
    source: "Load balancer user guide, Access logs",
    words:
      "the log bucket admits logdelivery.elasticloadbalancing.amazonaws.com, under this account's prefix",
    check: (config) =>
      config.of("aws_lb").flatMap((balancer) =>
        config.targets(balancer.get("access_logs.bucket"), "aws_s3_bucket").flatMap((bucket) =>
          each(
            config.referrers("aws_s3_bucket_policy", "bucket", bucket),
            (policy) =>
              statementsOf(policy, "policy").some((statement) => {
                const text = JSON.stringify(statement);
                return (
                  statement.Effect === "Allow" &&
                  text.includes('"logdelivery.elasticloadbalancing.amazonaws.com"') &&
                  text.includes(`/${balancer.get("access_logs.prefix")}/AWSLogs/`)
                );
              }),
            "Allow the service s3:PutObject on <bucket>/<prefix>/AWSLogs/<account>/*.",
          ),
        ),
      ),
  }),
];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
