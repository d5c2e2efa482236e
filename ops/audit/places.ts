import { HOME_REGION } from "../../local/regions.ts";
import { type Configuration, type JsonObject, valuesAt } from "../../local/terraform-json/index.ts";
import { containers, environmentOf, essential, secretsOf } from "./container.ts";
import { servicesInFront } from "./fallback.ts";
import { carries, environmentSuffix, providers } from "./naming.ts";
import { demand, each, type Rule, rule } from "./rule.ts";
import { secretReadBy } from "./secret-chain.ts";

/** What belongs to CloudFront lives in us-east-1: log delivery, its log group, its alarms and their topic, web ACLs. */
const EDGE_TYPES =
  /^aws_(cloudwatch_log_\w+|cloudwatch_metric_alarm|cloudwatch_query_definition|sns_topic\w*|wafv2_\w+|acm_certificate\w*)$/;

/** Arguments by which one resource hands something to another of its own region: what it tells, writes to, or logs. */
const NEIGHBOURS: readonly [type: string, argument: string][] = [
  ["aws_cloudwatch_metric_alarm", "alarm_actions"],
  ["aws_cloudwatch_metric_alarm", "ok_actions"],
  ["aws_sns_topic_subscription", "topic_arn"],
  ["aws_cloudwatch_log_delivery_destination", "delivery_destination_configuration"],
  ["aws_cloudwatch_log_delivery", "delivery_source_name"],
  ["aws_cloudwatch_log_delivery", "delivery_destination_arn"],
  ["aws_cloudwatch_log_resource_policy", "policy_document"],
  ["aws_wafv2_web_acl_logging_configuration", "log_destination_configs"],
  ["aws_wafv2_web_acl_logging_configuration", "resource_arn"],
  ["aws_flow_log", "log_destination"],
  ["aws_cloudwatch_query_definition", "log_group_names"],
  ["aws_cloudwatch_event_target", "arn"],
  ["aws_sns_topic_policy", "arn"],
  ["aws_ecs_task_definition", "container_definitions"],
  ["aws_ecs_cluster", "configuration"],
];
const REGIONAL = /^aws_(cloudwatch|sns|wafv2)_/;

/** Where things are, and where they are shown. */
export const places: readonly Rule[] = [
  rule({
    id: "region",
    source: "Technical Requirements",
    words: "Deploy to eu-north-1 region",
    check: (config) => [
      ...providers(config)
        .filter(({ alias, region }) => region !== (alias ?? HOME_REGION))
        .map(({ alias, region }) => ({
          address: alias ? `provider.aws.${alias}` : "provider.aws",
          message: `Set region to ${alias ?? HOME_REGION} instead of ${region}.`,
        })),
      ...each(
        config.resources,
        (block) => block.get("provider") === undefined || EDGE_TYPES.test(block.type),
        "Remove provider: only what CloudFront needs may be outside of eu-north-1.",
      ),
    ],
  }),
  rule({
    id: "same-region",
    source: "CloudWatch, SNS and CloudWatch Logs user guides",
    words: "an alarm tells a topic of its own region, and a log goes to a group of its own region",
    check: (config) =>
      NEIGHBOURS.flatMap(([type, argument]) =>
        each(
          config.of(type),
          (block) =>
            config
              .targets(block.all(argument))
              .filter((target) => target.mode === "resource" && REGIONAL.test(target.type))
              .every((target) => target.get("provider") === block.get("provider")),
          `Let ${argument} be of its own region: give both the same provider.`,
        ),
      ),
  }),
  rule({
    id: "outputs",
    source: "What to deliver",
    words: "Stack outputs for CloudFront distribution URL and ALB DNS name",
    check: (config) => {
      const outputs = Object.values((config.root.output ?? {}) as JsonObject).map((output) =>
        valuesAt(output, "value").map(String).join(),
      );
      const shows = (type: string, attribute: string) =>
        config
          .of(type)
          .every((block) => outputs.some((value) => value.includes(`\${${block.address}.${attribute}}`)));
      return [
        ...demand(
          shows("aws_cloudfront_distribution", "domain_name") ||
            outputs.some((value) => value.startsWith("https://")),
          "output",
          "Add an output with https:// and the distribution's domain_name.",
        ),
        ...demand(shows("aws_lb", "dns_name"), "output", "Add an output with the load balancer's dns_name."),
      ];
    },
  }),
  rule({
    id: "outputs-say-what-they-name",
    source: "Deployment Guide",
    words: "an output shows what it is named after: the guides' commands are made of them",
    check: (config) => {
      const [container] = config.of("aws_ecs_task_definition").flatMap(essential);
      const [owner] = config
        .of("aws_rds_cluster")
        .map((cluster) => secretReadBy(config, config.targets(cluster.get("master_password_wo"))[0]));
      const [distribution] = config.of("aws_cloudfront_distribution");
      const domain = distribution?.all("aliases")[0] ?? `\${${distribution?.address}.domain_name}`;
      const [front] = servicesInFront(config);
      const secret = (name: string) => container && secretsOf(container).get(name);
      const logGroup = valuesAt(container, "logConfiguration.options.awslogs-group")[0];
      const wanted: [output: string, value: unknown][] = [
        ["api-keys-secret-arn", secret("API_KEYS")],
        ["database-api-secret-arn", secret("DB_PASSWORD")],
        ["database-secret-arn", owner && `\${${owner.address}.arn}`],
        ["api-log-group", logGroup],
        ["origin-token-secret-arn", newestToken(config)],
        ["service-name", front && `\${${front.address}.name}`],
        [
          "dashboard-name",
          config
            .of("aws_cloudwatch_dashboard")
            .map((board) => board.get("dashboard_name"))
            .find((name) => String(name).startsWith("dashboard-")),
        ],
        ["cloudfront-url", `https://${domain}`],
      ];
      return wanted
        .filter(([name, value]) => valuesAt(config.root, `output.${name}.value`)[0] !== value)
        .map(([name, value]) => ({ address: `output.${name}`, message: `Set its value to ${value}.` }));
    },
  }),
  rule({
    id: "service-name",
    source: "Core Requirements, 8",
    words: "the API calls itself by the environment that it is in",
    check: (config) => {
      const suffix = environmentSuffix(config);
      return each(
        config.of("aws_ecs_task_definition"),
        (task) =>
          containers(task).every((container) => {
            const name = environmentOf(container).get("SERVICE_NAME") ?? "";
            return suffix !== undefined && carries(name, suffix) && name.endsWith(suffix);
          }),
        "End SERVICE_NAME with the environment's suffix.",
      );
    },
  }),
];

/** The ARN of the secret whose value CloudFront sends. */
function newestToken(config: Configuration): string | undefined {
  const [secret] = config
    .of("aws_cloudfront_distribution")
    .flatMap((block) => config.targets(block.get("origin.custom_header.value")))
    .flatMap((reader) =>
      config.of("aws_secretsmanager_secret").filter((each) => config.waitsFor(reader, each)),
    );
  return secret && `\${${secret.address}.arn}`;
}
