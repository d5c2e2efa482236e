/** Cluster, service, load balancer, scaling and edge. */
import { anywhere, type Needs, type NeedsByType, split } from "./needs.ts";

export const SERVING: NeedsByType = {
  aws_appautoscaling_policy: [
    anywhere("application-autoscaling", "PutScalingPolicy", "DescribeScalingPolicies", "DeleteScalingPolicy"),
    anywhere("cloudwatch", "PutMetricAlarm", "DescribeAlarms", "DeleteAlarms"),
  ],
  aws_appautoscaling_scheduled_action: anywhere(
    "application-autoscaling",
    "PutScheduledAction",
    "DescribeScheduledActions",
    "DeleteScheduledAction",
  ),
  aws_appautoscaling_target: anywhere(
    "application-autoscaling",
    "RegisterScalableTarget",
    "DeregisterScalableTarget",
    "DescribeScalableTargets",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
  ),
  aws_cloudfront_distribution: anywhere(
    "cloudfront",
    "CreateDistribution",
    "GetDistribution",
    "UpdateDistribution",
    "DeleteDistribution",
    "ListDistributions",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
    "AllowVendedLogDeliveryForResource",
  ),
  aws_ecs_cluster: ecs("CreateCluster", "DescribeClusters", "UpdateCluster", "DeleteCluster", "ListClusters"),
  aws_ecs_cluster_capacity_providers: ecs("PutClusterCapacityProviders"),
  aws_ecs_service: ecs(
    "CreateService",
    "DescribeServices",
    "UpdateService",
    "DeleteService",
    "ListServices",
    "ListTasks",
    "DescribeTasks",
    "ListServiceDeployments",
    "DescribeServiceRevisions",
    "DescribeServiceDeployments",
  ),
  aws_ecs_task_definition: [
    ...ecs("RegisterTaskDefinition", "DescribeTaskDefinition", "ListTaskDefinitions", "RunTask"),
    anywhere("ecs", "DeregisterTaskDefinition"), // AWS knows no resource for it
  ],
  aws_lb: elb(
    "CreateLoadBalancer",
    "DescribeLoadBalancers",
    "DescribeLoadBalancerAttributes",
    "ModifyLoadBalancerAttributes",
    "DescribeCapacityReservation",
    "SetSecurityGroups",
    "SetSubnets",
    "DeleteLoadBalancer",
  ),
  aws_lb_listener: elb(
    "CreateListener",
    "DescribeListeners",
    "DescribeListenerAttributes",
    "ModifyListener",
    "DeleteListener",
  ),
  aws_lb_listener_certificate: elb(
    "AddListenerCertificates",
    "DescribeListenerCertificates",
    "RemoveListenerCertificates",
  ),
  aws_lb_listener_rule: elb("CreateRule", "DescribeRules", "ModifyRule", "SetRulePriorities", "DeleteRule"),
  aws_lb_target_group: elb(
    "CreateTargetGroup",
    "DescribeTargetGroups",
    "DescribeTargetGroupAttributes",
    "ModifyTargetGroup",
    "ModifyTargetGroupAttributes",
    "DescribeTargetHealth",
    "DeleteTargetGroup",
  ),
  aws_wafv2_web_acl: anywhere(
    "wafv2",
    "CreateWebACL",
    "GetWebACL",
    "UpdateWebACL",
    "DeleteWebACL",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
  ),
  aws_wafv2_web_acl_logging_configuration: [
    anywhere(
      "logs",
      "CreateLogDelivery",
      "DeleteLogDelivery",
      "PutResourcePolicy",
      "DescribeResourcePolicies",
      "DescribeLogGroups",
    ),
    anywhere("wafv2", "PutLoggingConfiguration", "GetLoggingConfiguration", "DeleteLoggingConfiguration"),
  ],
};

function ecs(...actions: readonly string[]): readonly Needs[] {
  const kinds = [
    "cluster/cluster-SUFFIX",
    "service/cluster-SUFFIX/*",
    "task/cluster-SUFFIX/*",
    "task-definition/task-api-SUFFIX:*",
    "task-definition/task-restore-SUFFIX:*",
  ];
  return split(
    "ecs",
    [...actions, "ListTagsForResource", "TagResource", "UntagResource"],
    kinds.map((kind) => `arn:aws:ecs:REGION:ACCOUNT:${kind}`),
  );
}

/** The ARNs of rules and listeners hold ids behind the balancer's name, and a target group's name the port before its suffix. */
function elb(...actions: readonly string[]): readonly Needs[] {
  const kinds = [
    "loadbalancer/app/alb-SUFFIX/*",
    "listener/app/alb-SUFFIX/*",
    "listener-rule/app/alb-SUFFIX/*",
    "targetgroup/tg-api-3000-SUFFIX/*",
  ];
  return split(
    "elasticloadbalancing",
    [...actions, "AddTags", "DescribeTags", "RemoveTags"],
    kinds.map((kind) => `arn:aws:elasticloadbalancing:REGION:ACCOUNT:${kind}`),
  );
}
