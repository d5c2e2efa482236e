/**
 * What whoever deploys has to be allowed: for each type of resource what the provider calls to make, read, change and
 * remove it, and what the commands ask themselves. Names are whole, since a wildcard before the suffix `prod` would take
 * in those of `eu-prod`, and `role-*` the role of the deployer itself.
 */

export interface Needs {
  /** IAM actions. */
  readonly actions: readonly string[];
  /** Resources by name, with `SUFFIX`, `ACCOUNT`, `NUMBER` (the account's, within a name) and `REGION`; `*` where AWS knows no other for one of the actions. */
  readonly resources: readonly string[];
}

const ec2 = (...actions: string[]): Needs => ({
  actions: actions.map((action) => `ec2:${action}`),
  resources: ["*"],
});

const ROLES = ["execution", "flow-logs", "task"].map(
  (name) => `arn:aws:iam::ACCOUNT:role/role-${name}-SUFFIX`,
);

/** Needed whatever is deployed. */
export const ALWAYS: readonly Needs[] = [
  { actions: ["sts:GetCallerIdentity"], resources: ["*"] },
  ec2(
    "DescribeAvailabilityZones",
    "DescribeManagedPrefixLists",
    "GetManagedPrefixListEntries",
    "DescribePrefixLists",
    "DescribeAccountAttributes",
    "CreateTags",
    "DeleteTags",
    "DescribeTags",
    "DescribeNetworkInterfaces",
    "DescribeNetworkAcls",
    "DescribeVpcAttribute",
    "ModifyVpcAttribute",
  ),
  {
    actions: [
      "acm:DescribeCertificate",
      "application-autoscaling:DescribeScheduledActions",
      "cloudwatch:GetMetricData",
      "ecr:BatchGetImage",
      "ecr:DescribeImages",
      "ecr:GetDownloadUrlForLayer",
      "events:ListRules",
      "iam:GetRole",
      "iam:ListRoles",
      "iam:SimulatePrincipalPolicy",
      "logs:DescribeDeliveries",
      "logs:DescribeDeliveryDestinations",
      "logs:DescribeDeliverySources",
      "logs:DescribeLogStreams",
      "logs:DescribeQueryDefinitions",
      "logs:GetLogEvents",
      "s3:ListAllMyBuckets",
      "secretsmanager:GetRandomPassword",
      "secretsmanager:ListSecrets",
      "servicequotas:GetAWSDefaultServiceQuota",
      "servicequotas:GetServiceQuota",
      "sns:GetSubscriptionAttributes",
      "sns:ListSubscriptionsByTopic",
      "sns:ListTopics",
      "sns:SetSubscriptionAttributes",
      "sns:Unsubscribe",
      "tag:GetResources",
    ],
    resources: ["*"],
  },
  {
    // Most of these know no resource; where one does, the name of what is not there yet is another.
    actions: [
      "rds:DescribeDBClusterParameterGroups",
      "rds:DescribeDBClusterParameters",
      "rds:DescribeDBClusterSnapshots",
      "rds:DescribeDBClusters",
      "rds:DescribeDBEngineVersions",
      "rds:DescribeDBInstances",
      "rds:DescribeDBSubnetGroups",
      "rds:DescribeGlobalClusters",
      "rds:DescribeOrderableDBInstanceOptions",
    ],
    resources: ["*"],
  },
  {
    actions: ["iam:CreateServiceLinkedRole"],
    resources: ["arn:aws:iam::ACCOUNT:role/aws-service-role/*"],
  },
];

export const BY_TYPE: Readonly<Record<string, Needs | readonly Needs[]>> = {
  aws_appautoscaling_policy: {
    actions: [
      "application-autoscaling:PutScalingPolicy",
      "application-autoscaling:DescribeScalingPolicies",
      "application-autoscaling:DeleteScalingPolicy",
      "cloudwatch:PutMetricAlarm",
      "cloudwatch:DescribeAlarms",
      "cloudwatch:DeleteAlarms",
    ],
    resources: ["*"],
  },
  aws_appautoscaling_scheduled_action: {
    actions: [
      "application-autoscaling:PutScheduledAction",
      "application-autoscaling:DescribeScheduledActions",
      "application-autoscaling:DeleteScheduledAction",
    ],
    resources: ["*"],
  },
  aws_appautoscaling_target: {
    actions: [
      "application-autoscaling:RegisterScalableTarget",
      "application-autoscaling:DeregisterScalableTarget",
      "application-autoscaling:DescribeScalableTargets",
      "application-autoscaling:ListTagsForResource",
      "application-autoscaling:TagResource",
      "application-autoscaling:UntagResource",
    ],
    resources: ["*"],
  },
  aws_cloudfront_distribution: {
    actions: [
      "cloudfront:CreateDistribution",
      "cloudfront:GetDistribution",
      "cloudfront:GetDistributionConfig",
      "cloudfront:UpdateDistribution",
      "cloudfront:DeleteDistribution",
      "cloudfront:ListDistributions",
      "cloudfront:ListTagsForResource",
      "cloudfront:TagResource",
      "cloudfront:UntagResource",
      "cloudfront:AllowVendedLogDeliveryForResource",
    ],
    resources: ["*"],
  },
  aws_cloudwatch_dashboard: {
    actions: [
      "cloudwatch:PutDashboard",
      "cloudwatch:GetDashboard",
      "cloudwatch:DeleteDashboards",
      "cloudwatch:ListDashboards",
    ],
    resources: ["*"],
  },
  aws_cloudwatch_event_rule: events("PutRule", "DescribeRule", "DeleteRule"),
  aws_cloudwatch_event_target: events("PutTargets", "ListTargetsByRule", "RemoveTargets"),
  aws_cloudwatch_query_definition: logs(
    "PutQueryDefinition",
    "DescribeQueryDefinitions",
    "DeleteQueryDefinition",
  ),
  aws_cloudwatch_log_delivery: logs(
    "CreateDelivery",
    "GetDelivery",
    "DeleteDelivery",
    "DescribeDeliveries",
    "UpdateDeliveryConfiguration",
  ),
  aws_cloudwatch_log_delivery_destination: logs(
    "PutDeliveryDestination",
    "GetDeliveryDestination",
    "DeleteDeliveryDestination",
    "DescribeDeliveryDestinations",
  ),
  aws_cloudwatch_log_delivery_source: logs(
    "PutDeliverySource",
    "GetDeliverySource",
    "DeleteDeliverySource",
    "DescribeDeliverySources",
  ),
  aws_cloudwatch_log_group: [
    logs("TagResource", "UntagResource"),
    ...logGroups(
      "CreateLogGroup",
      "DeleteLogGroup",
      "DescribeLogGroups",
      "PutRetentionPolicy",
      "DeleteRetentionPolicy",
      "ListTagsForResource",
    ),
  ],
  aws_cloudwatch_log_metric_filter: logGroups(
    "PutMetricFilter",
    "DescribeMetricFilters",
    "DeleteMetricFilter",
  ),
  aws_cloudwatch_log_resource_policy: logs(
    "PutResourcePolicy",
    "DescribeResourcePolicies",
    "DeleteResourcePolicy",
  ),
  aws_cloudwatch_composite_alarm: {
    actions: [
      "cloudwatch:PutCompositeAlarm",
      "cloudwatch:DescribeAlarms",
      "cloudwatch:DeleteAlarms",
      "cloudwatch:ListTagsForResource",
      "cloudwatch:TagResource",
      "cloudwatch:UntagResource",
    ],
    resources: ["*"],
  },
  aws_cloudwatch_metric_alarm: {
    actions: [
      "cloudwatch:PutMetricAlarm",
      "cloudwatch:DescribeAlarms",
      "cloudwatch:DeleteAlarms",
      "cloudwatch:ListTagsForResource",
      "cloudwatch:TagResource",
      "cloudwatch:UntagResource",
    ],
    resources: ["*"],
  },
  aws_db_subnet_group: rds("CreateDBSubnetGroup", "ModifyDBSubnetGroup", "DeleteDBSubnetGroup"),
  aws_default_security_group: ec2(
    "DescribeSecurityGroups",
    "DescribeSecurityGroupRules",
    "RevokeSecurityGroupEgress",
    "RevokeSecurityGroupIngress",
    "AuthorizeSecurityGroupEgress",
    "AuthorizeSecurityGroupIngress",
  ),
  aws_ecs_cluster: ecs(
    "CreateCluster",
    "DescribeClusters",
    "UpdateCluster",
    "UpdateClusterSettings",
    "DeleteCluster",
    "ListClusters",
  ),
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
    ...ecs("RegisterTaskDefinition", "DescribeTaskDefinition", "ListTaskDefinitions"),
    { actions: ["ecs:DeregisterTaskDefinition"], resources: ["*"] }, // AWS knows no resource for it
  ],
  aws_eip: ec2(
    "AllocateAddress",
    "DescribeAddresses",
    "DescribeAddressesAttribute",
    "ReleaseAddress",
    "DisassociateAddress",
    "AssociateAddress",
  ),
  aws_flow_log: ec2("CreateFlowLogs", "DescribeFlowLogs", "DeleteFlowLogs"),
  aws_iam_role: {
    actions: [
      "iam:CreateRole",
      "iam:GetRole",
      "iam:UpdateRole",
      "iam:UpdateAssumeRolePolicy",
      "iam:DeleteRole",
      "iam:TagRole",
      "iam:UntagRole",
      "iam:ListRolePolicies",
      "iam:ListAttachedRolePolicies",
      "iam:ListInstanceProfilesForRole",
      "iam:PassRole",
    ],
    resources: ROLES,
  },
  aws_iam_role_policy: {
    actions: ["iam:PutRolePolicy", "iam:GetRolePolicy", "iam:DeleteRolePolicy"],
    resources: ROLES,
  },
  aws_internet_gateway: ec2(
    "CreateInternetGateway",
    "AttachInternetGateway",
    "DescribeInternetGateways",
    "DetachInternetGateway",
    "DeleteInternetGateway",
  ),
  aws_lb: elb(
    "CreateLoadBalancer",
    "DescribeLoadBalancers",
    "DescribeLoadBalancerAttributes",
    "ModifyLoadBalancerAttributes",
    "DescribeCapacityReservation",
    "SetSecurityGroups",
    "SetSubnets",
    "SetIpAddressType",
    "DeleteLoadBalancer",
  ),
  aws_lb_listener: elb(
    "CreateListener",
    "DescribeListeners",
    "DescribeListenerAttributes",
    "ModifyListener",
    "ModifyListenerAttributes",
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
    "DeregisterTargets",
    "DeleteTargetGroup",
  ),
  aws_nat_gateway: ec2("CreateNatGateway", "DescribeNatGateways", "DeleteNatGateway"),
  aws_rds_cluster: rds(
    "CreateDBCluster",
    "ModifyDBCluster",
    "DeleteDBCluster",
    "RestoreDBClusterFromSnapshot",
    "CreateDBClusterSnapshot",
    "EnableHttpEndpoint",
    "DisableHttpEndpoint",
  ),
  aws_rds_cluster_instance: rds(
    "CreateDBInstance",
    "ModifyDBInstance",
    "RebootDBInstance",
    "DeleteDBInstance",
  ),
  aws_rds_cluster_parameter_group: rds(
    "CreateDBClusterParameterGroup",
    "ModifyDBClusterParameterGroup",
    "ResetDBClusterParameterGroup",
    "DeleteDBClusterParameterGroup",
  ),
  aws_route: ec2("CreateRoute", "DescribeRouteTables", "ReplaceRoute", "DeleteRoute"),
  aws_route_table: ec2(
    "CreateRouteTable",
    "DescribeRouteTables",
    "DeleteRouteTable",
    "DisassociateRouteTable",
  ),
  aws_route_table_association: ec2(
    "AssociateRouteTable",
    "ReplaceRouteTableAssociation",
    "DescribeRouteTables",
    "DisassociateRouteTable",
  ),
  aws_s3_bucket: bucket(
    "CreateBucket",
    "DeleteBucket",
    "ListBucket",
    "ListBucketVersions",
    "DeleteObject",
    "DeleteObjectVersion",
    "GetBucketAcl",
    "GetBucketCORS",
    "GetBucketLogging",
    "GetBucketLocation",
    "GetBucketObjectLockConfiguration",
    "GetBucketRequestPayment",
    "GetBucketTagging",
    "PutBucketTagging",
    "GetBucketVersioning",
    "GetBucketWebsite",
    "GetReplicationConfiguration",
    "GetAccelerateConfiguration",
    "GetBucketPolicy",
    "GetEncryptionConfiguration",
    "GetLifecycleConfiguration",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
  ),
  aws_s3_bucket_lifecycle_configuration: bucket("PutLifecycleConfiguration", "GetLifecycleConfiguration"),
  aws_s3_bucket_ownership_controls: bucket("PutBucketOwnershipControls", "GetBucketOwnershipControls"),
  aws_s3_bucket_policy: bucket("PutBucketPolicy", "GetBucketPolicy", "DeleteBucketPolicy"),
  aws_s3_bucket_public_access_block: bucket("PutBucketPublicAccessBlock", "GetBucketPublicAccessBlock"),
  aws_s3_bucket_server_side_encryption_configuration: bucket(
    "PutEncryptionConfiguration",
    "GetEncryptionConfiguration",
  ),
  aws_secretsmanager_secret: secrets(
    "CreateSecret",
    "DescribeSecret",
    "UpdateSecret",
    "DeleteSecret",
    "GetResourcePolicy",
    "TagResource",
    "UntagResource",
  ),
  aws_secretsmanager_secret_version: secrets(
    "PutSecretValue",
    "GetSecretValue",
    "DescribeSecret",
    "ListSecretVersionIds",
    "UpdateSecretVersionStage",
  ),
  aws_security_group: ec2(
    "CreateSecurityGroup",
    "DescribeSecurityGroups",
    "DescribeSecurityGroupRules",
    "RevokeSecurityGroupEgress",
    "RevokeSecurityGroupIngress",
    "DeleteSecurityGroup",
  ),
  aws_sns_topic: sns(
    "CreateTopic",
    "GetTopicAttributes",
    "SetTopicAttributes",
    "DeleteTopic",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
  ),
  aws_sns_topic_policy: sns("GetTopicAttributes", "SetTopicAttributes"),
  aws_sns_topic_subscription: sns("Subscribe"),
  aws_subnet: ec2("CreateSubnet", "DescribeSubnets", "ModifySubnetAttribute", "DeleteSubnet"),
  aws_vpc: ec2(
    "CreateVpc",
    "DescribeVpcs",
    "DescribeVpcAttribute",
    "ModifyVpcAttribute",
    "DescribeNetworkAcls",
    "DescribeRouteTables",
    "DescribeSecurityGroups",
    "DeleteVpc",
  ),
  aws_vpc_endpoint: ec2(
    "CreateVpcEndpoint",
    "DescribeVpcEndpoints",
    "DescribePrefixLists",
    "ModifyVpcEndpoint",
    "DeleteVpcEndpoints",
  ),
  aws_vpc_security_group_egress_rule: ec2(
    "AuthorizeSecurityGroupEgress",
    "DescribeSecurityGroupRules",
    "ModifySecurityGroupRules",
    "RevokeSecurityGroupEgress",
  ),
  aws_vpc_security_group_ingress_rule: ec2(
    "AuthorizeSecurityGroupIngress",
    "DescribeSecurityGroupRules",
    "ModifySecurityGroupRules",
    "RevokeSecurityGroupIngress",
  ),
  aws_wafv2_web_acl: waf(
    "CreateWebACL",
    "GetWebACL",
    "UpdateWebACL",
    "DeleteWebACL",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
  ),
  aws_wafv2_web_acl_logging_configuration: {
    actions: [
      "wafv2:PutLoggingConfiguration",
      "wafv2:GetLoggingConfiguration",
      "wafv2:DeleteLoggingConfiguration",
      "logs:CreateLogDelivery",
      "logs:DeleteLogDelivery",
      "logs:PutResourcePolicy",
      "logs:DescribeResourcePolicies",
      "logs:DescribeLogGroups",
    ],
    resources: ["*"],
  },
};

function events(...actions: string[]): Needs {
  return {
    actions: [...actions, "ListTagsForResource", "TagResource", "UntagResource"].map(
      (action) => `events:${action}`,
    ),
    resources: ["deployment-failures", "spot-interruptions", "task-failures", "task-stops"].map(
      (name) => `arn:aws:events:REGION:ACCOUNT:rule/rule-${name}-SUFFIX`,
    ),
  };
}

function logs(...actions: string[]): Needs {
  return { actions: actions.map((action) => `logs:${action}`), resources: ["*"] };
}

function logGroups(...actions: string[]): readonly Needs[] {
  const groups = [
    "/aws/ecs/api-SUFFIX",
    "/aws/ecs/containerinsights/cluster-SUFFIX/performance",
    "/aws/ecs/shells-SUFFIX",
    "/aws/events/ecs-SUFFIX",
    "/aws/rds/cluster/aurora-SUFFIX/postgresql",
    "/aws/vendedlogs/cloudfront/access-logs-SUFFIX",
    "/aws/vpc/flow-logs-SUFFIX",
    "aws-waf-logs-edge-SUFFIX",
  ];
  return split(
    "logs",
    actions,
    groups.map((group) => `arn:aws:logs:*:ACCOUNT:log-group:${group}:*`),
  );
}

function rds(...actions: string[]): Needs {
  return {
    actions: [...actions, "AddTagsToResource", "ListTagsForResource", "RemoveTagsFromResource"].map(
      (action) => `rds:${action}`,
    ),
    resources: [
      ...[
        "cluster:aurora-SUFFIX",
        "db:aurora-writer-SUFFIX",
        // Readers are counted, with one digit or two.
        "db:aurora-reader-?-SUFFIX",
        "db:aurora-reader-??-SUFFIX",
        "subgrp:subnet-group-aurora-SUFFIX",
        "cluster-pg:parameter-group-aurora-SUFFIX",
        "cluster-pg:parameter-group-aurora17-SUFFIX",
        "cluster-snapshot:aurora-final-SUFFIX",
        "cluster-snapshot:rds:aurora-SUFFIX-*",
        "cluster-snapshot:snapshot-????????t????-SUFFIX",
        // AWS's own, which instances take.
        "pg:default*",
        "og:default*",
      ].map((name) => `arn:aws:rds:REGION:ACCOUNT:${name}`),
      "arn:aws:rds::ACCOUNT:global-cluster:*",
    ],
  };
}

/** What only looks may look everywhere: most of it knows no resource, and what is not there yet has none. */
function split(prefix: string, actions: readonly string[], resources: readonly string[]): readonly Needs[] {
  const looks = /^(?:Describe|List|Get)/;
  const on = (some: readonly string[], where: readonly string[]): Needs => ({
    actions: some.map((action) => `${prefix}:${action}`),
    resources: where,
  });
  return [
    on(
      actions.filter((action) => looks.test(action)),
      ["*"],
    ),
    on(
      actions.filter((action) => !looks.test(action)),
      resources,
    ),
  ];
}

function ecs(...actions: string[]): readonly Needs[] {
  const kinds = [
    "cluster/cluster-SUFFIX",
    "service/cluster-SUFFIX/*",
    "task/cluster-SUFFIX/*",
    "task-definition/task-api-SUFFIX:*",
  ];
  return split(
    "ecs",
    [...actions, "TagResource", "UntagResource", "ListTagsForResource"],
    kinds.map((kind) => `arn:aws:ecs:REGION:ACCOUNT:${kind}`),
  );
}

/** The ARNs of rules and listeners hold ids behind the balancer's name, and a target group's name the port before its suffix. */
function elb(...actions: string[]): readonly Needs[] {
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

function bucket(...actions: string[]): Needs {
  const resources = ["arn:aws:s3:::bucket-logs-NUMBER-SUFFIX", "arn:aws:s3:::bucket-logs-NUMBER-SUFFIX/*"];
  return { actions: actions.map((action) => `s3:${action}`), resources };
}

function secrets(...actions: string[]): Needs {
  return {
    actions: actions.map((action) => `secretsmanager:${action}`),
    resources: ["api-keys", "db-api-password", "db-password", "origin-token"].map(
      (name) => `arn:aws:secretsmanager:REGION:ACCOUNT:secret:${name}-SUFFIX-v*`,
    ),
  };
}

function sns(...actions: string[]): Needs {
  return {
    actions: actions.map((action) => `sns:${action}`),
    resources: [
      "arn:aws:sns:REGION:ACCOUNT:topic-alarms-SUFFIX",
      "arn:aws:sns:us-east-1:ACCOUNT:topic-edge-alarms-SUFFIX",
    ],
  };
}

function waf(...actions: string[]): Needs {
  return { actions: actions.map((action) => `wafv2:${action}`), resources: ["*"] };
}
