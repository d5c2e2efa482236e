import {
  DescribeScheduledActionsCommand,
  paginateDescribeScalableTargets,
  paginateDescribeScalingPolicies,
} from "@aws-sdk/client-application-auto-scaling";
import { paginateDescribeSubnets } from "@aws-sdk/client-ec2";
import {
  DescribeServicesCommand,
  paginateListClusters,
  paginateListServices,
  paginateListTaskDefinitions,
} from "@aws-sdk/client-ecs";
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
export async function containers({ ecs, ec2 }: Pick<Aws, "ecs" | "ec2">): Promise<Item[]> {
  const config = { client: ecs };
  const clusters = await all(paginateListClusters(config, {}), (page) => page.clusterArns);
  const subnets = await all(paginateDescribeSubnets({ client: ec2 }, {}), (page) => page.Subnets);
  const vpcOf = new Map(subnets.map(({ SubnetId, VpcId }) => [SubnetId, VpcId]));
  const services = await Promise.all(
    clusters.map(async (cluster) => {
      // ECS describes ten services in one call.
      const described = [];
      for await (const { serviceArns = [] } of paginateListServices(config, { cluster, maxResults: 10 })) {
        if (serviceArns.length === 0) continue;
        const { services = [] } = await ecs.send(
          new DescribeServicesCommand({ cluster, services: serviceArns }),
        );
        described.push(...services);
      }
      return described;
    }),
  );
  const definitions = await all(
    paginateListTaskDefinitions(config, { status: "ACTIVE" }),
    (page) => page.taskDefinitionArns,
  );
  return [
    ...clusters.map((arn) => ({ type: "aws_ecs_cluster", id: lastPart(arn), name: lastPart(arn) })),
    ...services.flat().map(({ serviceArn: arn = "", networkConfiguration }) => ({
      type: "aws_ecs_service",
      id: arn.split(":service/")[1] ?? arn,
      name: lastPart(arn),
      vpc: vpcOf.get(networkConfiguration?.awsvpcConfiguration?.subnets?.[0]),
    })),
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
  const items = balancers.map(
    async ({ LoadBalancerArn, LoadBalancerName = "", VpcId: vpc }): Promise<Item[]> => {
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
            vpc,
          }));
        }),
      );
      return [
        { type: "aws_lb", id: LoadBalancerArn ?? "", name: LoadBalancerName, vpc },
        ...listeners.map(({ ListenerArn = "", Port }) => ({
          type: "aws_lb_listener",
          id: ListenerArn,
          name: `${LoadBalancerName} ${Port}`,
          vpc,
        })),
        ...rules.flat(),
      ];
    },
  );
  return [
    ...(await Promise.all(items)).flat(),
    ...groups.map(({ TargetGroupArn = "", TargetGroupName = "", VpcId: vpc }) => ({
      type: "aws_lb_target_group",
      id: TargetGroupArn,
      name: TargetGroupName,
      vpc,
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
  const item = (type: string, name: string | undefined, parent?: string) => ({
    type,
    id: name ?? "",
    name: name ?? "",
    parent,
  });
  return [
    ...targets.map(({ ResourceId }) => item("aws_appautoscaling_target", ResourceId)),
    ...policies.map(({ PolicyName, ResourceId }) =>
      item("aws_appautoscaling_policy", PolicyName, ResourceId),
    ),
    ...ScheduledActions.map(({ ScheduledActionName, ResourceId }) =>
      item("aws_appautoscaling_scheduled_action", ScheduledActionName, ResourceId),
    ),
  ];
}
