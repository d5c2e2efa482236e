import type { Configuration } from "../../local/terraform-json/index.ts";
import { each, type Rule, rule } from "./rule.ts";

const targetGroups = (config: Configuration) => config.of("aws_lb_target_group");
const listeners = (config: Configuration) => config.of("aws_lb_listener");

/** Current policies that speak TLS 1.2 and 1.3 and nothing older (load balancer user guide, "Security policies"). */
const TLS_POLICIES = [
  "ELBSecurityPolicy-TLS13-1-2-2021-06",
  "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
  "ELBSecurityPolicy-TLS13-1-3-2021-06",
];

/** The load balancer, its listener, and how it judges a task. */
export const balancer: readonly Rule[] = [
  rule({
    id: "health-check-path",
    source: "Core Requirements, 2",
    words: "Health checks on /health endpoint",
    check: (config) =>
      each(
        targetGroups(config),
        (group) => group.get("health_check.path") === "/health",
        'Set health_check.path to "/health".',
      ),
  }),
  rule({
    id: "health-check-timing",
    source: "Core Requirements, 2; Constraints",
    words: "30 seconds interval with 2 consecutive failures threshold",
    check: (config) =>
      each(
        targetGroups(config),
        (group) =>
          group.number("health_check.interval") === 30 &&
          group.number("health_check.unhealthy_threshold") === 2,
        "Set health_check.interval to 30 and health_check.unhealthy_threshold to 2.",
      ),
  }),
  rule({
    id: "service-behind-balancer",
    source: "Core Requirements, 2",
    words: "Application Load Balancer for distributing traffic to the tasks",
    check: (config) =>
      each(
        config.of("aws_ecs_service"),
        (service) =>
          config
            .targets(service.all("load_balancer.target_group_arn"), "aws_lb_target_group")
            .some(
              (group) =>
                config.referrers("aws_lb_listener_rule", "action.target_group_arn", group).length > 0,
            ),
        "Register the service with a target group that a listener rule forwards to.",
      ),
  }),
  rule({
    id: "refused-without-token",
    source: "CloudFront developer guide, Restrict access to Application Load Balancers",
    words: "a request that does not come through CloudFront gets 403",
    check: (config) => [
      ...each(
        listeners(config),
        (listener) =>
          listener.get("default_action.type") === "fixed-response" &&
          listener.get("default_action.fixed_response.status_code") === "403",
        "Let the default action answer 403.",
      ),
      ...each(
        config.of("aws_lb_listener_rule"),
        (listenerRule) => listenerRule.blocks("condition.http_header").length > 0,
        "Let the rule demand the origin header.",
      ),
    ],
  }),
  rule({
    id: "origin-header",
    source: "CloudFront developer guide, Restrict access to Application Load Balancers",
    words: "CloudFront sends the header that the load balancer demands",
    check: (config) =>
      each(
        config.of("aws_cloudfront_distribution"),
        (distribution) =>
          distribution.blocks("origin").every((origin) => {
            const headers = [origin.custom_header].flat() as { name?: string; value?: string }[];
            return config
              .of("aws_lb_listener_rule")
              .every((listenerRule) =>
                headers.some(
                  (header) =>
                    header?.name?.toLowerCase() ===
                      String(listenerRule.get("condition.http_header.http_header_name")).toLowerCase() &&
                    listenerRule.all("condition.http_header.values").includes(header.value ?? null),
                ),
              );
          }),
        "Give the origin a custom_header with the name and the value that the listener rule demands.",
      ),
  }),
  rule({
    id: "deregistration-delay",
    source: "ECS developer guide, Optimize load balancer parameters",
    words: "a task that stops is out of the balancer within 30 seconds",
    check: (config) =>
      each(
        targetGroups(config),
        (group) => group.number("deregistration_delay") === 30,
        'Set deregistration_delay to "30".',
      ),
  }),
  rule({
    id: "replaceable-target-group",
    source: "hashicorp/terraform-provider-aws, aws_lb_target_group",
    words: "a target group in use is replaced by making the new one first",
    check: (config) =>
      each(
        targetGroups(config),
        (group) => group.get("lifecycle.create_before_destroy") === true,
        "Set lifecycle.create_before_destroy to true.",
      ),
  }),
  rule({
    id: "invalid-headers",
    source: "Security Hub, ELB.4",
    words: "the load balancer drops invalid HTTP headers",
    check: (config) =>
      each(
        config.of("aws_lb"),
        (each) => each.get("drop_invalid_header_fields") === true,
        "Set drop_invalid_header_fields to true.",
      ),
  }),
  rule({
    id: "balancer-tls",
    source: "Security Hub, ELB.17",
    words: "HTTPS listeners speak TLS 1.2 and 1.3 only",
    check: (config) =>
      each(
        listeners(config),
        (listener) =>
          listener.get("protocol") !== "HTTPS" || TLS_POLICIES.includes(String(listener.get("ssl_policy"))),
        `Set ssl_policy to one of ${TLS_POLICIES.join(", ")}.`,
      ),
  }),
  rule({
    id: "keep-alive-order",
    source:
      "CloudFront developer guide, Keep-alive timeout; load balancer user guide, Connection idle timeout",
    words:
      "of two that share a connection the one in front closes it first: CloudFront before the load balancer",
    check: (config) =>
      each(
        config.of("aws_cloudfront_distribution"),
        (distribution) =>
          config
            .of("aws_lb")
            .every(
              (balancer) =>
                distribution.number("origin.custom_origin_config.origin_keepalive_timeout") <
                balancer.number("idle_timeout"),
            ),
        "Set origin_keepalive_timeout below the load balancer's idle_timeout, or requests meet a closed connection.",
      ),
  }),
  rule({
    id: "balancer-waits-longest",
    source: "CloudFront developer guide, Response timeout",
    words: "CloudFront gives up on an answer before the load balancer does, and says so",
    check: (config) =>
      each(
        config.of("aws_cloudfront_distribution"),
        (distribution) =>
          config
            .of("aws_lb")
            .every(
              (balancer) =>
                distribution.number("origin.custom_origin_config.origin_read_timeout") <
                balancer.number("idle_timeout"),
            ),
        "Set origin_read_timeout below the load balancer's idle_timeout.",
      ),
  }),
  rule({
    id: "prefix-list-once",
    source: "CloudFront developer guide, Use the CloudFront managed prefix list",
    words:
      "a security group names CloudFront's prefix list once: it counts as 55 of the 60 rules that there may be",
    check: (config) =>
      each(
        config.of("aws_security_group"),
        (group) =>
          config
            .referrers("aws_vpc_security_group_ingress_rule", "security_group_id", group)
            .filter((each) => each.get("prefix_list_id") !== undefined).length <= 1,
        "Give the second port a security group of its own.",
      ),
  }),
];
