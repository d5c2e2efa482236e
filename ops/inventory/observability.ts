import { ListTagsForResourceCommand, paginateListDistributions } from "@aws-sdk/client-cloudfront";
import { paginateDescribeAlarms, paginateListDashboards } from "@aws-sdk/client-cloudwatch";
import {
  type CloudWatchLogsClient,
  DescribeQueryDefinitionsCommand,
  DescribeResourcePoliciesCommand,
  paginateDescribeDeliveries,
  paginateDescribeDeliveryDestinations,
  paginateDescribeDeliverySources,
  paginateDescribeLogGroups,
} from "@aws-sdk/client-cloudwatch-logs";
import { ListRulesCommand } from "@aws-sdk/client-eventbridge";
import { paginateListRoles } from "@aws-sdk/client-iam";
import { paginateListTopics } from "@aws-sdk/client-sns";
import { CLOUDFRONT_REGION } from "../../local/regions.ts";
import type { Aws } from "../aws.ts";
import { all, type Item, nameTag } from "./item.ts";

const named =
  (type: string) =>
  (name: string | undefined): Item => ({ type, id: name ?? "", name: name ?? "" });

const atEdge = (item: Item): Item => ({ ...item, region: CLOUDFRONT_REGION });

/** Log groups and deliveries in both regions. */
export async function logs(aws: Pick<Aws, "logs" | "edgeLogs">): Promise<Item[]> {
  const [home, edge] = await Promise.all([logsOf(aws.logs), logsOf(aws.edgeLogs)]);
  return [...home, ...edge.map(atEdge)];
}

async function logsOf(client: CloudWatchLogsClient): Promise<Item[]> {
  const config = { client };
  const [groups, sources, destinations, deliveries, { resourcePolicies = [] }, { queryDefinitions = [] }] =
    await Promise.all([
      all(paginateDescribeLogGroups(config, {}), (page) => page.logGroups),
      all(paginateDescribeDeliverySources(config, {}), (page) => page.deliverySources),
      all(paginateDescribeDeliveryDestinations(config, {}), (page) => page.deliveryDestinations),
      all(paginateDescribeDeliveries(config, {}), (page) => page.deliveries),
      client.send(new DescribeResourcePoliciesCommand({})),
      client.send(new DescribeQueryDefinitionsCommand({ maxResults: 1000 })),
    ]);
  return [
    ...groups.map((group) => group.logGroupName).map(named("aws_cloudwatch_log_group")),
    ...sources.map((source) => source.name).map(named("aws_cloudwatch_log_delivery_source")),
    ...destinations
      .map((destination) => destination.name)
      .map(named("aws_cloudwatch_log_delivery_destination")),
    ...deliveries.map(({ id = "", deliverySourceName = "" }) => ({
      type: "aws_cloudwatch_log_delivery",
      id,
      name: deliverySourceName,
    })),
    ...queryDefinitions.map(({ queryDefinitionId = "", name = "" }) => ({
      type: "aws_cloudwatch_query_definition",
      // Imported by an ARN, which AWS does not tell: a log group's says account and region.
      id: `${groups[0]?.arn?.split(":log-group:")[0]}:query-definition:${queryDefinitionId}`,
      name,
    })),
    ...resourcePolicies.map((policy) => policy.policyName).map(named("aws_cloudwatch_log_resource_policy")),
  ];
}

/** Rules of the default event bus, without those of AWS's services themselves. Their targets go with them. */
export async function eventRules({ events: client }: Pick<Aws, "events">): Promise<Item[]> {
  const { Rules = [] } = await client.send(new ListRulesCommand({ Limit: 100 }));
  return Rules.filter(({ ManagedBy }) => !ManagedBy)
    .map(({ Name }) => Name)
    .map(named("aws_cloudwatch_event_rule"));
}

/** Alarms, dashboards and the topics that alarms go to, in both regions. */
export async function alarms(
  aws: Pick<Aws, "cloudWatch" | "edgeCloudWatch" | "sns" | "edgeSns">,
): Promise<Item[]> {
  const alarmsOf = async (client: Aws["cloudWatch"]) =>
    (await all(paginateDescribeAlarms({ client }, {}), (page) => page.MetricAlarms))
      .map((alarm) => alarm.AlarmName)
      .map(named("aws_cloudwatch_metric_alarm"));
  const topicsOf = async (client: Aws["sns"]) =>
    (await all(paginateListTopics({ client }, {}), (page) => page.Topics)).map(({ TopicArn = "" }) => ({
      type: "aws_sns_topic",
      id: TopicArn,
      name: TopicArn.slice(TopicArn.lastIndexOf(":") + 1),
    }));
  // Dashboards are global to the account.
  const dashboards = await all(
    paginateListDashboards({ client: aws.cloudWatch }, {}),
    (page) => page.DashboardEntries,
  );
  const [home, edge] = await Promise.all([
    Promise.all([alarmsOf(aws.cloudWatch), topicsOf(aws.sns)]),
    Promise.all([alarmsOf(aws.edgeCloudWatch), topicsOf(aws.edgeSns)]),
  ]);
  return [
    ...home.flat(),
    ...edge.flat().map(atEdge),
    ...dashboards.map((dashboard) => dashboard.DashboardName).map(named("aws_cloudwatch_dashboard")),
  ];
}

export async function distributions({ cloudFront: client }: Pick<Aws, "cloudFront">): Promise<Item[]> {
  const found = await all(paginateListDistributions({ client }, {}), (page) => page.DistributionList?.Items);
  return Promise.all(
    found.map(async ({ Id = "", ARN }) => {
      const { Tags } = await client.send(new ListTagsForResourceCommand({ Resource: ARN }));
      return { type: "aws_cloudfront_distribution", id: Id, name: nameTag(Tags?.Items) };
    }),
  );
}

/** Roles, without those that AWS's services made for themselves. */
export async function roles({ iam: client }: Pick<Aws, "iam">): Promise<Item[]> {
  const found = await all(paginateListRoles({ client }, {}), (page) => page.Roles);
  return found
    .filter(({ Path }) => !Path?.startsWith("/aws-service-role/"))
    .map(({ RoleName }) => RoleName)
    .map(named("aws_iam_role"));
}
