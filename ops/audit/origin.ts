import type { Block, Configuration, JsonObject } from "../../local/terraform-json/index.ts";
import { valuesAt } from "../../local/terraform-json/index.ts";
import { each, type Rule, rule } from "./rule.ts";

const distributions = (config: Configuration) => config.of("aws_cloudfront_distribution");
const acls = (config: Configuration) => config.of("aws_wafv2_web_acl");
const behaviours = (distribution: Block): JsonObject[] =>
  ["default_cache_behavior", "ordered_cache_behavior"].flatMap((argument) => distribution.blocks(argument));

/** What stands before and behind the edge: the origin, the own domain, the web ACL. */
export const origin: readonly Rule[] = [
  rule({
    id: "behaviours-reach-the-origin",
    source: "CloudFront developer guide, Cache behavior settings",
    words: "every behaviour sends to an origin that there is",
    check: (config) =>
      each(
        distributions(config),
        (distribution) => {
          const ids = distribution.all("origin.origin_id");
          return behaviours(distribution).every(({ target_origin_id: id }) => ids.includes(id!));
        },
        "Set target_origin_id to the origin_id of an origin.",
      ),
  }),
  rule({
    id: "behaviours-told-apart",
    source: "CloudFront developer guide, Cache behavior settings",
    words: "each path, and each error, has one behaviour",
    check: (config) =>
      each(
        distributions(config),
        (distribution) =>
          ["ordered_cache_behavior.path_pattern", "custom_error_response.error_code"].every((path) => {
            const keys = distribution.all(path);
            return new Set(keys).size === keys.length;
          }),
        "Keep one ordered_cache_behavior for a path_pattern, and one custom_error_response for an error_code.",
      ),
  }),
  rule({
    id: "origin-protocol",
    source: "CloudFront developer guide, Protocol (custom origins only)",
    words:
      "CloudFront speaks to the load balancer what its listener speaks, and by a name that its certificate is for",
    check: (config) => {
      const secure = config.of("aws_lb_listener").some((listener) => listener.get("protocol") === "HTTPS");
      return each(
        distributions(config),
        (distribution) =>
          distribution.blocks("origin").every((each) => {
            const isBalancer = config.targets(each.domain_name, "aws_lb").length > 0;
            const protocol = valuesAt(each, "custom_origin_config.origin_protocol_policy")[0];
            const named = isBalancer ? /\.dns_name\}$/ : /^(?!-)[a-z0-9.-]+\.(?:[a-z]{2,63}|xn--[a-z0-9-]+)$/;
            return (
              protocol === (secure ? "https-only" : "http-only") &&
              isBalancer !== secure &&
              named.test(String(each.domain_name))
            );
          }),
        "With an HTTPS listener: https-only and a domain of your own. Without: http-only and the load balancer's dns_name.",
      );
    },
    exceptions: (config) =>
      distributions(config)
        .filter((each) => each.get("origin.custom_origin_config.origin_protocol_policy") === "http-only")
        .map(({ address }) => ({
          address,
          message:
            "allowed: plain HTTP to the load balancer, write keys and the origin token included; ORIGIN_CERTIFICATE_ARN ends it",
        })),
  }),
  rule({
    id: "own-domain",
    source: "CloudFront developer guide, Alternate domain names",
    words: "own domains and an own certificate come together, and no domain is its own origin",
    check: (config) =>
      each(
        distributions(config),
        (distribution) =>
          (distribution.get("viewer_certificate.acm_certificate_arn") !== undefined) ===
            distribution.all("aliases").length > 0 &&
          distribution
            .all("origin.domain_name")
            .every(
              (name) =>
                !distribution.all("aliases").includes(name) && !/\.cloudfront\.net$/.test(String(name)),
            ),
        "Set aliases and viewer_certificate.acm_certificate_arn, or neither; and let the origin have another name.",
      ),
    exceptions: (config) =>
      distributions(config)
        .filter((each) => each.get("viewer_certificate.cloudfront_default_certificate") === true)
        .map(({ address }) => ({
          address,
          message:
            "allowed: CloudFront's own certificate takes viewers from TLS 1.0 on; DOMAIN_NAME and CERTIFICATE_ARN raise that to 1.2",
        })),
  }),
  rule({
    id: "newest-token",
    source: "Security Guide, Rotation",
    words: "CloudFront sends the newest origin token; the listener accepts it and the one before",
    check: (config) =>
      each(
        distributions(config),
        (distribution) =>
          config.of("aws_lb_listener_rule").every((listenerRule) => {
            const accepted = listenerRule.all("condition.http_header.values").map(String);
            return (
              new Set(accepted).size === accepted.length &&
              distribution.get("origin.custom_header.value") === newest(config, accepted) &&
              accepted.length ===
                config.data.filter(({ type }) => type === "aws_secretsmanager_secret_version").length
            );
          }),
        "Let the listener rule accept each token that there is, and let the origin's custom_header be the newest.",
      ),
  }),
  rule({
    id: "web-acl-logs-admitted",
    source: "WAF developer guide, Sending web ACL traffic logs to CloudWatch Logs",
    words: "the web ACL's log group admits its lines by a policy of the stack's, which goes with it",
    check: (config) =>
      each(
        config.of("aws_wafv2_web_acl_logging_configuration"),
        (logging) =>
          config
            .targets(logging.all("log_destination_configs"), "aws_cloudwatch_log_group")
            .flatMap((group) =>
              config.referrers("aws_cloudwatch_log_resource_policy", "policy_document", group),
            )
            .some((policy) => logging.all("depends_on").includes(policy.address)),
        "Add a log resource policy for its group, and let the logging configuration wait for it.",
      ),
  }),
  rule({
    id: "web-acl-attached",
    source: "WAF developer guide, Associating a web ACL",
    words: "a web ACL that there is, is the distribution's",
    check: (config) => [
      ...each(
        acls(config),
        (acl) => config.referrers("aws_cloudfront_distribution", "web_acl_id", acl).length > 0,
        "Set web_acl_id of the distribution to its ARN.",
      ),
    ],
  }),
  rule({
    id: "web-acl-logged",
    source: "WAF developer guide, Logging web ACL traffic",
    words: "what a web ACL blocks is written down, in a group whose name WAF accepts",
    check: (config) =>
      each(
        acls(config),
        (acl) =>
          config
            .referrers("aws_wafv2_web_acl_logging_configuration", "resource_arn", acl)
            .some((logging) =>
              config
                .targets(logging.all("log_destination_configs"), "aws_cloudwatch_log_group")
                .some((group) => config.resolve(group.get("name")).startsWith("aws-waf-logs-")),
            ),
        "Add an aws_wafv2_web_acl_logging_configuration into a log group that begins with aws-waf-logs-.",
      ),
  }),
  rule({
    id: "web-acl-rules-told-apart",
    source: "WAF developer guide, Web ACL rule priority and metrics",
    words: "each rule of a web ACL has a priority and a metric of its own",
    check: (config) =>
      each(
        acls(config),
        (acl) => {
          const rules = acl.blocks("rule");
          const metric = (each: JsonObject) => valuesAt(each, "visibility_config.metric_name")[0];
          return (
            new Set(rules.map(({ priority }) => priority)).size === rules.length &&
            rules.every((each) => metric(each) === each.name) &&
            metric(acl.body) === acl.get("name")
          );
        },
        "Give each rule another priority, and its own name as metric_name.",
      ),
  }),
];

/** The value that reads the secret with the highest version in its name. */
function newest(config: Configuration, values: readonly string[]): string | undefined {
  const version = (value: string) => {
    const secrets = config
      .targets(value)
      .flatMap((reader) =>
        config.of("aws_secretsmanager_secret").filter((secret) => config.waitsFor(reader, secret)),
      );
    return Math.max(...secrets.map((secret) => Number(/-v(\d+)$/.exec(String(secret.get("name")))?.[1])));
  };
  return values.toSorted((a, b) => version(b) - version(a))[0];
}
