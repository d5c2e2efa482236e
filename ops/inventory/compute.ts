import {
  DescribeScheduledActionsCommand,
  paginateDescribeScalableTargets,
  paginateDescribeScalingPolicies,
} from "@aws-sdk/client-application-auto-scaling";
import { paginateListClusters, paginateListServices, paginateListTaskDefinitions } from "@aws-sdk/client-ecs";
import {
  DescribeRulesCommand,
  paginateDescribeListeners,
  paginateDescribeLoadBalancers,
  paginateDescribeTargetGroups,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Aws } from "../aws.ts";
import { all, type Item } from "./item.ts";

const lastPart = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

/** ECS clusters with their services, and task definitions that can still be started. */
export async function containers({ ecs }: Pick<Aws, "ecs">): Promise<Item[]> {
  const config = { client: ecs };
  const clusters = await all(paginateListClusters(config, {}), (page) => page.clusterArns);
  const services = await Promise.all(
    clusters.map((cluster) => all(paginateListServices(config, { cluster }), (page) => page.serviceArns)),
  );
  const definitions = await all(
    paginateListTaskDefinitions(config, { status: "ACTIVE" }),
    (page) => page.taskDefinitionArns,
  );
  return [
    ...clusters.map((arn) => ({ type: "aws_ecs_cluster", id: lastPart(arn), name: lastPart(arn) })),
    ...services
      .flat()
      .map((arn) => ({ type: "aws_ecs_service", id: arn.split(":service/")[1] ?? arn, name: lastPart(arn) })),
    ...definitions.map((arn) => ({
      type: "aws_ecs_task_definition",
      id: arn,
      name: lastPart(arn).replace(/:\d+$/, ""),
    })),
  ];
}

/** Load balancers, listeners, their rules, and target groups. */
export async function loadBalancing({ loadBalancing: client }: Pick<Aws, "loadBalancing">): Promise<Item[]> {
  const config = { client };
  const balancers = await all(paginateDescribeLoadBalancers(config, {}), (page) => page.LoadBalancers);
  const groups = await all(paginateDescribeTargetGroups(config, {}), (page) => page.TargetGroups);
  const items = balancers.map(async ({ LoadBalancerArn, LoadBalancerName = "" }): Promise<Item[]> => {
    const listeners = await all(
      paginateDescribeListeners(config, { LoadBalancerArn }),
      (page) => page.Listeners,
    );
    const rules = await Promise.all(
      listeners.map(async ({ ListenerArn, Port }) => {
        const { Rules = [] } = await client.send(new DescribeRulesCommand({ ListenerArn }));
        return Rules.filter(({ IsDefault }) => !IsDefault).map(({ RuleArn = "", Priority }) => ({
          type: "aws_lb_listener_rule",
          id: RuleArn,
          name: `${LoadBalancerName} ${Port} ${Priority}`,
        }));
      }),
    );
    return [
      { type: "aws_lb", id: LoadBalancerArn ?? "", name: LoadBalancerName },
      ...listeners.map(({ ListenerArn = "", Port }) => ({
        type: "aws_lb_listener",
        id: ListenerArn,
        name: `${LoadBalancerName} ${Port}`,
      })),
      ...rules.flat(),
    ];
  });
  return [
    ...(await Promise.all(items)).flat(),
    ...groups.map(({ TargetGroupArn = "", TargetGroupName = "" }) => ({
      type: "aws_lb_target_group",
      id: TargetGroupArn,
      name: TargetGroupName,
    })),
  ];
}

/** Scalable targets of ECS, their policies and scheduled actions. */
export async function scaling({
  applicationAutoScaling: client,
}: Pick<Aws, "applicationAutoScaling">): Promise<Item[]> {
  const of = { ServiceNamespace: "ecs" } as const;
  const targets = await all(paginateDescribeScalableTargets({ client }, of), (page) => page.ScalableTargets);
  const policies = await all(paginateDescribeScalingPolicies({ client }, of), (page) => page.ScalingPolicies);
  const { ScheduledActions = [] } = await client.send(new DescribeScheduledActionsCommand(of));
  const item = (type: string, name: string | undefined) => ({ type, id: name ?? "", name: name ?? "" });
  return [
    ...targets.map(({ ResourceId }) => item("aws_appautoscaling_target", ResourceId)),
    ...policies.map(({ PolicyName }) => item("aws_appautoscaling_policy", PolicyName)),
    ...ScheduledActions.map(({ ScheduledActionName }) =>
      item("aws_appautoscaling_scheduled_action", ScheduledActionName),
    ),
  ];
}
