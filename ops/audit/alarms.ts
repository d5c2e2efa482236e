import { parseExpression } from "../../local/cloudwatch/math.ts";
import type { Configuration } from "../../local/terraform-json/index.ts";
import { type AlarmDefinition, alarmsOf, type Series } from "../alarms.ts";
import { ALARMS } from "../outages/alarms.ts";
import { OUTAGES } from "../outages/outages.ts";
import { dashboards } from "./dashboards.ts";
import { isEmitted } from "./emitted.ts";
import { isFallback } from "./fallback.ts";
import { environmentSuffix } from "./naming.ts";
import { ringsAsItShould } from "./ringing.ts";
import { each, type Rule, rule, type Violation } from "./rule.ts";

/** What writes to the log that an alarm watches. */
const WRITERS: Readonly<Record<string, string>> = {
  "api-log-silent": "aws_ecs_task_definition",
  "edge-log-silent": "aws_cloudwatch_log_delivery_destination",
  "flow-log-silent": "aws_flow_log",
};

const all = (config: Configuration) => alarmsOf(config, environmentSuffix(config));

const eachAlarm = (
  config: Configuration,
  holds: (alarm: AlarmDefinition) => boolean,
  message: string | ((alarm: AlarmDefinition) => string),
): Violation[] =>
  all(config)
    .filter((alarm) => !holds(alarm))
    .map((alarm) => ({
      address: alarm.block.address,
      message: typeof message === "string" ? message : message(alarm),
    }));

/** What rings, for what, and who is told. */
export const alarmRules: readonly Rule[] = [
  rule({
    id: "every-outage-rings",
    source: "Monitoring Guide, What rings for what",
    words: "each way in which this system fails has an alarm, and each alarm is for one",
    check: (config) => {
      const there = new Set(all(config).map(({ key }) => key));
      return [
        ...Object.entries(ALARMS)
          .filter(([key, { onlyWith }]) => !there.has(key) && isPossible(config, onlyWith))
          .map(([key]) => ({
            address: "aws_cloudwatch_metric_alarm",
            message: `There is no alarm-${key}: ${OUTAGES.filter(({ alarms }) => alarms.includes(key))
              .map(({ failure }) => failure)
              .join("; ")} would ring nothing. Add it.`,
          })),
        ...eachAlarm(
          config,
          ({ key }) => key in ALARMS,
          "Is for no outage that ops/outages knows: add it there.",
        ),
      ];
    },
  }),
  rule({
    id: "alarms-ring-in-time",
    source: "Monitoring Guide, What rings for what",
    words: "an alarm rings within the minutes that its outages ask for, and says which playbook is for them",
    check: (config) =>
      eachAlarm(
        config,
        ({ block, key, minutes }) => {
          const expected = ALARMS[key];
          if (!expected) return true;
          return (
            minutes <= expected.minutes &&
            block.get("treat_missing_data") === (expected.missing ?? "notBreaching") &&
            String(block.get("alarm_description")).endsWith(`#${expected.runbook}`)
          );
        },
        ({ key }) => `Let it be as ops/outages says of ${key}: minutes, missing data, runbook.`,
      ),
  }),
  rule({
    id: "alarms-ring-at-their-edge",
    source: "Monitoring Guide, What rings for what",
    words:
      "an alarm, computed as it stands there, rings for the figures of its outage, and for none a step before or of a few requests at night",
    check: (config) => {
      const alarms = all(config);
      return eachAlarm(
        config,
        (alarm) => ringsAsItShould(config, alarms, alarm) ?? true,
        ({ key }) =>
          `Let it ring as ops/outages/ringing.ts says of ${key}: expression, comparison, threshold, period, datapoints; and at what scaling and its objective say.`,
      );
    },
  }),
  rule({
    id: "alarm-metrics",
    source: "CloudWatch, metrics of each service",
    words:
      "an alarm watches metrics that somebody emits, by the dimensions and in the region that they are kept by",
    check: (config) =>
      eachAlarm(
        config,
        ({ block, key, series }) =>
          series.length > 0 &&
          series.every((each) => isEmitted(config, each, block.get("provider"))) &&
          series.every((each) => sameKeeping(each, series[0]!)) &&
          sameMembers(
            series.map(
              ({ namespace, metricName, statistic }) =>
                `${namespace}/${metricName} ${statistic.replace(/^PR\(.+\)$/, "PR")}`,
            ),
            ALARMS[key]?.of ?? [],
          ),
        "Let it watch what ops/outages says, by metrics, dimensions and statistics that local/cloudwatch/metrics.ts knows.",
      ),
  }),
  rule({
    id: "alarm-expressions",
    source: "CloudWatch user guide, Using math expressions with CloudWatch metrics",
    words: "an alarm's expression can be computed, of the metrics that stand beside it and of all of them",
    check: (config) =>
      eachAlarm(
        config,
        isComputable,
        "Mend the expression, and let it use each of its metrics, in one period.",
      ),
  }),
  rule({
    id: "alarm-roles",
    source: "Aurora user guide, Aurora metrics",
    words:
      "the writer's alarms watch the writer, the reader's the reader, a log's that log, and a service's that which serves customers",
    check: (config) =>
      eachAlarm(
        config,
        ({ key, series }) => {
          const roles = series.map(({ dimensions }) => dimensions.Role).filter((role) => role !== undefined);
          if (key === "database-away") return roles.join() === "WRITER";
          if (key.endsWith("-log-silent")) {
            const [group] = config.targets(
              series.find(({ dimensions }) => dimensions.LogGroupName)?.dimensions.LogGroupName,
            );
            return config.of(WRITERS[key]!).some((each) => config.refersTo(each.body, group));
          }
          const services = series.flatMap(({ dimensions }) =>
            config.targets(dimensions.ServiceName ?? null, "aws_ecs_service"),
          );
          return (
            services.every((service) => !isFallback(service)) &&
            roles.every((role) => key.startsWith(`${role.toLowerCase()}-`))
          );
        },
        "Set the dimension Role, LogGroupName or ServiceName to what its name says.",
      ),
  }),
  rule({
    id: "alarms-tell-somebody",
    source: "Success Criteria",
    words:
      "Observability: an alarm tells a topic when it rings and when it is over, and every topic the same people",
    check: (config) => {
      const listeners = (topic: { address: string }) =>
        config
          .of("aws_sns_topic_subscription")
          .filter(
            (subscription) => config.targets(subscription.get("topic_arn"))[0]?.address === topic.address,
          )
          .map((subscription) => `${subscription.get("protocol")} ${subscription.get("endpoint")}`)
          .toSorted()
          .join();
      const topics = config.of("aws_sns_topic");
      return [
        ...each(
          all(config).map(({ block }) => block),
          (alarm) =>
            config.targets(alarm.all("alarm_actions"), "aws_sns_topic").length === 1 &&
            config.targets(alarm.all("ok_actions"), "aws_sns_topic").length === 1,
          "Set alarm_actions and ok_actions to the topic of its region.",
        ),
        ...each(
          topics,
          (topic) => listeners(topic) === listeners(topics[0]!),
          "Subscribe to it who is subscribed to the others.",
        ),
        ...each(
          topics,
          (topic) => {
            const policies = config.referrers("aws_sns_topic_policy", "arn", topic);
            return (
              policies.length === 1 &&
              config
                .targets(policies[0]!.get("policy"), "aws_sns_topic")
                .every((spokenOf) => spokenOf === topic)
            );
          },
          "Give it one aws_sns_topic_policy, which speaks of it and of no other topic.",
        ),
      ];
    },
  }),
  rule({
    id: "deployment-alarms",
    source: "ECS developer guide, How CloudWatch alarms detect Amazon ECS deployment failures",
    words: "a version that passes its health check and fails its customers is rolled back by alarms",
    check: (config) =>
      each(
        config.of("aws_ecs_service"),
        (service) => {
          const named = config.targets(service.all("alarms.alarm_names"), "aws_cloudwatch_metric_alarm");
          const keys = all(config)
            .filter(({ block }) => named.includes(block))
            .map(({ key }) => key);
          return (
            service.get("alarms.enable") === true &&
            service.get("alarms.rollback") === true &&
            keys.toSorted().join() === "api-errors,balancer-errors,slow-answers" &&
            service.all("alarms.alarm_names").length === keys.length
          );
        },
        "Give it an alarms block with enable, rollback, and the alarms of API errors, balancer errors and slow answers.",
      ),
  }),
  rule({
    id: "dashboards",
    source: "Success Criteria",
    words:
      "Observability: what the dashboards draw is emitted; they show every alarm, and lie within the page",
    check: dashboards,
  }),
];

/** By what makes one of several alike, the series of an alarm may differ: the role of an instance, the gateway. */
const ONE_OF_SEVERAL = ["Role", "NatGatewayId"];

/** Whether two series are of the same thing: errors of one load balancer are no share of another's requests. */
function sameKeeping(one: Series, other: Series): boolean {
  const kept = ({ namespace, dimensions }: Series) =>
    Object.entries(dimensions)
      .filter(([name]) => !ONE_OF_SEVERAL.includes(name))
      .map(([name, value]) => `${namespace} ${name} ${value}`)
      .toSorted()
      .join();
  return one.namespace !== other.namespace || kept(one) === kept(other);
}

const sameMembers = (given: readonly string[], wanted: readonly string[]) =>
  [...new Set(given)].toSorted().join() === [...new Set(wanted)].toSorted().join();

function isPossible(config: Configuration, onlyWith: (typeof ALARMS)[string]["onlyWith"]): boolean {
  if (onlyWith === "WEB_ACL") return config.of("aws_wafv2_web_acl").length > 0;
  if (onlyWith === "CERTIFICATE_ARN") {
    return config
      .of("aws_cloudfront_distribution")
      .some((each) => each.get("viewer_certificate.acm_certificate_arn") !== undefined);
  }
  if (onlyWith === "ORIGIN_CERTIFICATE_ARN")
    return config.of("aws_lb_listener").some((each) => each.get("certificate_arn") !== undefined);
  if (onlyWith)
    return config
      .of("aws_rds_cluster_instance")
      .some((each) => /^db\.t/.test(String(each.get("instance_class"))));
  return true;
}

function isComputable({ block, expression, series, period }: AlarmDefinition): boolean {
  const queries = block.blocks("metric_query");
  if (queries.length === 0) return expression === undefined && block.get("metric_name") !== undefined;
  if (expression === undefined || block.get("metric_name") !== undefined) return false;
  try {
    const { ids } = parseExpression(expression);
    const returned = queries.filter((query) => query.return_data === true);
    return (
      sameMembers(
        ids,
        series.map(({ id }) => id),
      ) &&
      new Set(queries.map(({ id }) => id)).size === queries.length &&
      series.every((each) => each.period === period) &&
      returned.length === 1 &&
      returned[0]!.expression === expression
    );
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
