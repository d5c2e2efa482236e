import { z } from "zod";
import {
  between,
  block,
  blocks,
  dependsOn,
  exactly,
  name,
  provider,
  reference,
  replacedFirst,
  setOf,
  tags,
  text,
} from "./schema.ts";

/** AWS's managed policies (CloudFront developer guide). The rules of the theme `edge` say which path gets which cache policy. */
const ALL_VIEWER_EXCEPT_HOST_HEADER = "b689b0a8-53d0-40ab-baf2-68738e2966ac";

const behaviour = {
  target_origin_id: z.string(), // `behaviours-reach-the-origin` judges it
  cache_policy_id: z.string(),
  // The API must see Authorization and the query, and must not see CloudFront's Host: the certificate is not for it.
  origin_request_policy_id: z.literal(ALL_VIEWER_EXCEPT_HOST_HEADER),
  response_headers_policy_id: z.string(),
  viewer_protocol_policy: z.literal("https-only"),
  allowed_methods: setOf("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"),
  cached_methods: setOf("GET", "HEAD"), // OPTIONS would be answered without the CORS headers of its caller
  compress: z.literal(true),
};
const visibility = block(
  z.strictObject({
    metric_name: z.string().min(1),
    cloudwatch_metrics_enabled: z.literal(true),
    sampled_requests_enabled: z.literal(true),
  }),
);
const managedGroup = (priority: number, name: string, overrides?: z.ZodType) =>
  z.strictObject({
    name: z.literal(name),
    priority: exactly(priority),
    override_action: block(z.strictObject({ none: z.strictObject({}) })),
    statement: block(
      z.strictObject({
        managed_rule_group_statement: block(
          z.strictObject({
            name: z.literal(name),
            vendor_name: z.literal("AWS"),
            ...(overrides && { rule_action_override: overrides }),
          }),
        ),
      }),
    ),
    visibility_config: visibility,
  });

export const edge = {
  aws_cloudfront_distribution: z.strictObject({
    comment: text,
    enabled: z.literal(true),
    http_version: z.literal("http2and3"),
    is_ipv6_enabled: z.literal(true),
    price_class: z.literal(["PriceClass_All", "PriceClass_200", "PriceClass_100"]),
    aliases: z
      .array(z.string().regex(/^[a-z0-9.-]+$/))
      .min(1)
      .max(1)
      .optional(), // `own-domain` judges it
    viewer_certificate: block(
      z.union([
        z.strictObject({ cloudfront_default_certificate: z.literal(true) }),
        z.strictObject({
          acm_certificate_arn: z
            .string()
            .regex(/^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate\/[0-9a-f-]+$/),
          minimum_protocol_version: z.literal(["TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025"]),
          ssl_support_method: z.literal("sni-only"), // a dedicated address costs 600 USD a month
        }),
      ]),
    ),
    origin: block(
      z.strictObject({
        origin_id: z.string().min(1),
        domain_name: z.string(), // `distribution` judges it
        connection_attempts: exactly(3),
        connection_timeout: exactly(5),
        custom_header: block(
          z.strictObject({
            name: z.literal("x-origin-verify"),
            value: reference("data.aws_secretsmanager_secret_version", "secret_string"),
          }),
        ),
        custom_origin_config: block(
          z.strictObject({
            http_port: exactly(80),
            https_port: exactly(443),
            origin_protocol_policy: z.literal(["http-only", "https-only"]), // `origin-protocol` judges it
            origin_ssl_protocols: setOf("TLSv1.2"),
            origin_read_timeout: exactly(30), // the API itself may take 15 seconds
            origin_keepalive_timeout: exactly(50),
          }),
        ),
      }),
    ),
    default_cache_behavior: block(z.strictObject(behaviour)),
    ordered_cache_behavior: blocks(
      z.strictObject({ ...behaviour, path_pattern: z.string() }), // `catalogue-cached` judges them
    ),
    custom_error_response: blocks(
      z.strictObject({
        error_code: z.literal([404, 500, 501, 502, 503, 504]),
        error_caching_min_ttl: exactly(1), // not 0: a second spares the origin the whole crowd at once
      }),
    ),
    restrictions: block(
      z.strictObject({
        geo_restriction: block(z.strictObject({ restriction_type: z.literal("none"), locations: setOf() })),
      }),
    ),
    web_acl_id: reference("aws_wafv2_web_acl", "arn").optional(), // `web-acl-attached` judges it
    wait_for_deployment: z.literal(true),
    depends_on: dependsOn,
    tags,
  }),
  aws_wafv2_web_acl: z.strictObject({
    name,
    lifecycle: replacedFirst,
    description: text,
    scope: z.literal("CLOUDFRONT"),
    provider,
    default_action: block(z.strictObject({ allow: z.strictObject({}) })),
    data_protection_config: block(
      z.strictObject({
        data_protection: block(
          z.strictObject({
            action: z.literal("SUBSTITUTION"),
            exclude_rate_based_details: z.literal(false).optional(),
            exclude_rule_match_details: z.literal(false).optional(),
            field: block(
              z.strictObject({
                field_type: z.literal("SINGLE_HEADER"),
                field_keys: setOf("authorization", "cookie", "x-api-key"),
              }),
            ),
          }),
        ),
      }),
    ),
    rule: z.tuple([
      z.strictObject({
        name: z.literal("rate-limit"),
        priority: exactly(0),
        action: block(z.strictObject({ block: z.strictObject({}) })),
        statement: block(
          z.strictObject({
            rate_based_statement: block(
              z.strictObject({ limit: between(10, 2_000_000_000), aggregate_key_type: z.literal("IP") }),
            ),
          }),
        ),
        visibility_config: visibility,
      }),
      managedGroup(1, "AWSManagedRulesAmazonIpReputationList"),
      managedGroup(
        2,
        "AWSManagedRulesCommonRuleSet",
        block(
          z.strictObject({
            name: z.literal("SizeRestrictions_BODY"),
            action_to_use: block(z.strictObject({ count: z.strictObject({}) })),
          }),
        ),
      ),
      managedGroup(3, "AWSManagedRulesKnownBadInputsRuleSet"),
    ]),
    visibility_config: visibility,
    tags,
  }),
  aws_wafv2_web_acl_logging_configuration: z.strictObject({
    provider,
    resource_arn: reference("aws_wafv2_web_acl", "arn"),
    log_destination_configs: z.tuple([reference("aws_cloudwatch_log_group", "arn")]),
    depends_on: dependsOn,
    logging_filter: block(
      z.strictObject({
        default_behavior: z.literal("DROP"),
        filter: block(
          z.strictObject({
            behavior: z.literal("KEEP"),
            requirement: z.literal("MEETS_ANY"),
            condition: block(
              z.strictObject({ action_condition: block(z.strictObject({ action: z.literal("BLOCK") })) }),
            ),
          }),
        ),
      }),
    ),
  }),
};
