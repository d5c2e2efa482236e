/** Actions of the deployer's policy that no rehearsal has asked for yet, and why they are allowed all the same. */

interface Unasked {
  /** What an operator does, or meets, that asks for them. */
  readonly why: string;
  /** Where that is to be read. */
  readonly source: string;
  readonly actions: readonly string[];
}

const provider = (...files: readonly string[]) =>
  files
    .map((file) => `https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/${file}`)
    .join(" ");
const authorisation = (page: string) =>
  `https://docs.aws.amazon.com/service-authorization/latest/reference/${page}.html`;

/** Asked by a row of the change matrix, which `rehearse --row NAME --calls` records. */
const row = (name: string, ...actions: readonly string[]): Unasked => ({
  why: `the row '${name}' of the change matrix`,
  source: "ops/rehearsal/changes/table.ts",
  actions,
});

export const UNASKED: readonly Unasked[] = [
  {
    why: "a tag that a release drops, or that somebody has put on by hand, is taken away",
    source: provider("ec2/tags_gen.go", "ecs/tags_gen.go", "rds/tags_gen.go"), // and of each other service
    actions: [
      ...[
        "application-autoscaling",
        "cloudfront",
        "cloudwatch",
        "ecs",
        "events",
        "logs",
        "secretsmanager",
      ].map((service) => `${service}:UntagResource`),
      ...["sns:UntagResource", "wafv2:UntagResource", "ec2:DeleteTags", "elasticloadbalancing:RemoveTags"],
      ...["iam:UntagRole", "rds:RemoveTagsFromResource"],
    ],
  },
  {
    why: "provider 6.23 and later read and write a bucket's tags by S3 Control first; the rehearsals run on 5.100",
    source: "https://github.com/hashicorp/terraform-provider-aws/pull/45251",
    actions: ["s3:ListTagsForResource", "s3:TagResource", "s3:UntagResource"],
  },
  {
    why: "a log bucket with logs in it is emptied before it is deleted (`force_destroy`)",
    source: provider("s3/bucket.go"),
    actions: ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:ListBucketVersions"],
  },
  {
    why: "an attribute that the stack states and somebody has changed by hand is put back",
    source: provider(
      ...["ec2/vpc_subnet.go", "ec2/vpc_endpoint.go", "ec2/vpc_security_group_ingress_rule.go"],
      ...["elbv2/load_balancer.go", "elbv2/listener_rule.go", "iam/role.go", "logs/delivery.go"],
      ...["rds/subnet_group.go", "secretsmanager/secret.go", "sns/topic_subscription.go"],
    ),
    actions: [
      ...["ec2:ModifySubnetAttribute", "ec2:ModifyVpcEndpoint", "ec2:ModifySecurityGroupRules"],
      ...["elasticloadbalancing:SetRulePriorities", "elasticloadbalancing:SetSecurityGroups"],
      ...["elasticloadbalancing:SetSubnets", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole"],
      ...["logs:UpdateDeliveryConfiguration", "rds:ModifyDBSubnetGroup", "secretsmanager:UpdateSecret"],
      "sns:SetSubscriptionAttributes",
    ],
  },
  {
    why: "the database's Data API, switched on by hand, is switched off again",
    source: provider("rds/cluster.go"), // enableHTTPEndpointProvisioned
    actions: ["rds:DisableHttpEndpoint"],
  },
  {
    why: "a parameter that a release no longer sets goes back to its default",
    source: provider("rds/cluster_parameter_group.go"),
    actions: ["rds:ResetDBClusterParameterGroup"],
  },
  {
    why: "an environment is made from a snapshot (DATABASE_SNAPSHOT)",
    source: provider("rds/cluster.go"),
    actions: ["rds:RestoreDBClusterFromSnapshot"],
  },
  {
    why: "a deployment that ECS stops or rolls back is told by its own record",
    source: provider("ecs/service.go"), // findServiceDeployments
    actions: ["ecs:DescribeServiceDeployments"],
  },
  {
    why: "a secret whose value somebody has put by hand: the version of the stack has become AWSPREVIOUS when it goes",
    source: provider("secretsmanager/secret_version.go"),
    actions: ["secretsmanager:UpdateSecretVersionStage"],
  },
  {
    why: "the first service, balancer, database and scaling target of an account make AWS's own roles",
    source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html",
    actions: ["iam:CreateServiceLinkedRole"],
  },
  {
    why: "the web ACL's log is switched on and off (WEB_ACL)",
    source: authorisation("list_awswafv2"),
    actions: ["logs:DeleteLogDelivery"],
  },
  row("shells in tasks", "ecs:ListTagsForResource", "ecs:UpdateCluster"),
  row(
    "a sale's schedule",
    "application-autoscaling:DeleteScheduledAction",
    "application-autoscaling:PutScheduledAction",
  ),
  row("one NAT gateway", "ec2:ReplaceRoute", "ec2:ReplaceRouteTableAssociation"),
  row("the reader's class", "rds:ModifyDBInstance"),
  row(
    "another domain and certificate at the origin",
    ...["AddListenerCertificates", "DescribeListenerCertificates", "RemoveListenerCertificates"].map(
      (action) => `elasticloadbalancing:${action}`,
    ),
    ...["elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyRule"],
  ),
  row(
    "another rate limit",
    ...[
      "CreateWebACL",
      "DeleteLoggingConfiguration",
      "DeleteWebACL",
      "GetLoggingConfiguration",
      "GetWebACL",
    ].map((action) => `wafv2:${action}`),
    ...["ListTagsForResource", "PutLoggingConfiguration", "TagResource", "UpdateWebACL"].map(
      (action) => `wafv2:${action}`,
    ),
    "logs:CreateLogDelivery",
  ),
  row("alarms by mail", "sns:GetSubscriptionAttributes", "sns:Subscribe", "sns:Unsubscribe"),
];
