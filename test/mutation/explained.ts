import { matchesGlob } from "node:path";
import { Configuration, type JsonObject } from "../../local/terraform-json/index.ts";
import type { Kind, Mutant } from "./mutants.ts";

/** Mutants that may pass unnoticed, and why they do not matter. */
export interface Explanation {
  /** Over the type of the block, a space, and the path: `aws_lb idle_timeout`. */
  readonly where: RegExp;
  /** @default every kind */
  readonly kinds?: readonly Kind[];
  readonly why: string;
  /** What must be so of the changed configuration for the explanation to hold. @default nothing */
  readonly holds?: (before: JsonObject, after: JsonObject, mutant: Mutant) => boolean;
}

/** Whether what a block waited for it still waits for, by way of something else. */
function stillWaits(before: JsonObject, after: JsonObject, { address }: Mutant): boolean {
  const [was, is] = [new Configuration(before), new Configuration(after)];
  const [one, other] = [was.block(address), is.block(address)];
  return (
    one !== undefined &&
    other !== undefined &&
    was.dependencies(one).every(({ address: waited }) => {
      const block = is.block(waited);
      return block !== undefined && is.waitsFor(other, block);
    })
  );
}

/** The expressions of an alarm without their numbers. */
const wordsOf = (root: JsonObject, address: string) =>
  new Configuration(root)
    .block(address)
    ?.all("metric_query.expression")
    .map((expression) => String(expression).replaceAll(/\b\d+(\.\d+)?/g, "0"))
    .join();

const pathPatterns = (root: JsonObject): string[] =>
  new Configuration(root)
    .of("aws_cloudfront_distribution")
    .flatMap((distribution) => distribution.all("ordered_cache_behavior.path_pattern").map(String));

export const EXPLAINED: readonly Explanation[] = [
  { where: / depends_on$/, why: "it waits for the same by way of something else", holds: stillWaits },
  {
    where: /^aws_ecs_service depends_on$/,
    kinds: ["remove"],
    why: "tasks run without the way from the edge to the load balancer: the distribution waits for that itself",
    holds: (_before, _after, { change }) =>
      /^"aws_(lb_listener_certificate|vpc_security_group_ingress_rule)\./.test(change),
  },
  {
    where: /^aws_cloudfront_distribution ordered_cache_behavior$/,
    kinds: ["reorder"],
    why: "the first behaviour that matches counts, and of these no two match the same path",
    holds: (_before, after) =>
      pathPatterns(after).every((one) =>
        pathPatterns(after).every((other) => one === other || !matchesGlob(other.replace("*", "x"), one)),
      ),
  },
  {
    where: /^data\.aws_rds_engine_version preferred_versions$/,
    why: "a list of preferences, of which the region's first is taken: each is judged by aurora-version",
  },
  {
    where: / (?!ordered_cache_behavior$|preferred_versions$)/,
    kinds: ["reorder"],
    why: "a set: Terraform and AWS keep it in any order",
  },
  {
    where:
      / (alarm_description|description|comment|.*\.message_body|.*\.error_message|.*\.description|.*\.label|label|.*\.title|.*\.markdown|rule\.id|policy\.Statement\.Sid)$/,
    kinds: ["other", "widen", "exchange"],
    why: "words for people",
  },
  {
    where: /^aws_(subnet|route_table|nat_gateway|eip|appautoscaling_scheduled_action) (tags\.Name|name)$/,
    kinds: ["exchange"],
    why: "of two alike, which is called the first is for people",
  },
  {
    where: /^aws_cloudwatch_log_resource_policy policy_name$/,
    kinds: ["exchange"],
    why: "its name is for people: AWS looks at what it says",
  },
  {
    where: /^aws_(subnet (cidr_block|availability_zone)|route_table_association (route_table|subnet)_id)$/,
    kinds: ["exchange"],
    why: "which range and which table a zone has does not matter, where both leave through one NAT gateway",
    holds: (_before, after) => new Configuration(after).of("aws_nat_gateway").length === 1,
  },
  {
    where: /^aws_secretsmanager_secret_version (secret_id|secret_string_wo)$/,
    kinds: ["exchange"],
    why: "values that are made at random, each for one secret, whichever",
  },
  {
    where: /^aws_(rds_cluster_instance availability_zone|cloudwatch_event_target target_id)$/,
    kinds: ["exchange"],
    why: "of two, which has the first zone, or the first number among a rule's targets, does not matter",
  },
  {
    where: /^aws_vpc_security_group_ingress_rule security_group_id$/,
    kinds: ["other"],
    why: "the load balancer has two groups, and either may admit: the rules on paths see that no other is open",
  },
  {
    where: /^aws_rds_cluster allow_major_version_upgrade$/,
    kinds: ["argument"],
    why: "a setting: DATABASE_ENGINE_VERSION; a plan that takes the database to another version says so",
  },
  {
    where:
      /^aws_(appautoscaling_\w+|ecs_service) (.*(min_capacity|max_capacity|target_value|_cooldown)|schedule|capacity_provider_strategy(\.base)?|desired_count)$/,
    kinds: ["other", "inside", "empty", "remove", "exchange"],
    why: "a setting: bounds, targets, cool-downs, schedules, the on-demand base, the count to begin with",
  },
  {
    where: /^aws_appautoscaling_(policy|scheduled_action) (scalable_dimension|service_namespace)$/,
    kinds: ["other", "exchange"],
    why: "the same of every target: resource_id says which it is",
  },
  {
    where: /^aws_appautoscaling_scheduled_action $/,
    kinds: ["remove"],
    why: "a setting: SCHEDULED_MINIMUMS",
  },
  { where: /^aws_sns_topic_subscription (endpoint)$/, kinds: ["other"], why: "a setting: ALARM_EMAIL" },
  {
    where: /^aws_rds_cluster backup_retention_period$/,
    kinds: ["other"],
    why: "a setting: BACKUP_RETENTION_DAYS",
  },
  {
    where: /^aws_cloudfront_distribution (aliases|origin\.domain_name)$/,
    kinds: ["other"],
    why: "a setting: only the owner of a domain knows it",
  },
  { where: /^output cloudfront-url\.value$/, kinds: ["other"], why: "a domain of CloudFront's own making" },
  {
    where: /^aws_wafv2_web_acl rule\.statement\.rate_based_statement\.limit$/,
    why: "a setting: WEB_ACL_RATE_LIMIT",
  },
  {
    where: /^ephemeral\.aws_secretsmanager_random_password password_length$/,
    kinds: ["other", "exchange"],
    why: "long enough is judged",
  },
  {
    where: /^aws_ecs_task_definition container_definitions\.environment$/,
    kinds: ["remove"],
    why: "a setting that may be unset: LIST_CURRENCY, API_REFERENCE",
    holds: (_before, _after, { change }) => /"name":"(?:LIST_CURRENCY|API_REFERENCE)"/.test(change),
  },
  {
    where: /^aws_cloudwatch_metric_alarm metric_query\.expression$/,
    kinds: ["inside"],
    why: "another number that no figure at the outage's edge depends on: what FILL gives where there is a datapoint, or how high 'bad' is",
    holds: (before, after, { address }) => wordsOf(before, address) === wordsOf(after, address),
  },
  {
    where: /^aws_cloudwatch_query_definition query_string$/,
    kinds: ["inside"],
    why: "how many lines are shown at most",
    holds: (_before, after, { address }) =>
      /\| limit \d{2,}$/.test(String(new Configuration(after).block(address)?.get("query_string"))),
  },
  {
    where: /^aws_cloudwatch_metric_alarm comparison_operator$/,
    kinds: ["inside"],
    why: "above a share of answers, or at it: the same, since a share is computed to many digits",
    holds: (_before, _after, { address }) => address.includes("LatencyBurn"),
  },
  {
    where: /^terraform backend\.s3\.(bucket|key|dynamodb_table|region)$/,
    kinds: ["other"],
    why: "settings of the state",
  },
  {
    where:
      /^aws_cloudwatch_dashboard dashboard_body\.widgets\.properties(\.metrics|\.alarms|\.annotations.*)?$/,
    why: "which lines a graph has beside others is a matter of taste; what is drawn is emitted, and every alarm is shown",
  },
  {
    where: /^aws_cloudwatch_dashboard dashboard_body\.widgets(\.type|\.[xywh]\w*)?$/,
    why: "where a graph stands; the page has no gap and no overlap",
  },
  {
    where:
      /^aws_cloudwatch_dashboard dashboard_body\.widgets\.properties\.metrics\.(stat|yAxis|expression|visible|id)$/,
    kinds: ["other", "inside"],
    why: "another statistic that means something of this metric",
  },
];
