/** The AWS CLI's command, or chain of commands, that deletes one item, for a person to run. */
import { HOME_REGION } from "../../local/regions.ts";
import type { Item } from "./item.ts";

/** CloudFront changes a distribution only for who names its present version. */
const etag = (id: string): string =>
  `"$(aws cloudfront get-distribution --id ${id} --query ETag --output text)"`;

const COMMANDS: Record<string, (item: Item) => string> = {
  aws_appautoscaling_policy: ({ id, parent = "" }) =>
    `application-autoscaling delete-scaling-policy --service-namespace ecs --scalable-dimension ecs:service:DesiredCount --resource-id ${parent} --policy-name ${id}`,
  aws_appautoscaling_scheduled_action: ({ id, parent = "" }) =>
    `application-autoscaling delete-scheduled-action --service-namespace ecs --scalable-dimension ecs:service:DesiredCount --resource-id ${parent} --scheduled-action-name ${id}`,
  aws_appautoscaling_target: ({ id }) =>
    `application-autoscaling deregister-scalable-target --service-namespace ecs --scalable-dimension ecs:service:DesiredCount --resource-id ${id}`,
  aws_cloudfront_distribution: ({ id }) =>
    // CloudFront deletes what is disabled everywhere, which takes minutes.
    [
      `cloudfront update-distribution --id ${id} --if-match ${etag(id)} --distribution-config "$(aws cloudfront get-distribution-config --id ${id} --query DistributionConfig --output json | jq .Enabled=false)"`,
      `aws cloudfront wait distribution-deployed --id ${id}`,
      `aws cloudfront delete-distribution --id ${id} --if-match ${etag(id)}`,
    ].join(" && "),
  aws_cloudwatch_dashboard: ({ id }) => `cloudwatch delete-dashboards --dashboard-names ${id}`,
  aws_cloudwatch_event_rule: ({ id }) =>
    `events remove-targets --rule ${id} --ids $(aws events list-targets-by-rule --rule ${id} --query 'Targets[].Id' --output text) && aws events delete-rule --name ${id}`,
  aws_cloudwatch_query_definition: ({ id }) =>
    `logs delete-query-definition --query-definition-id ${id.slice(id.lastIndexOf(":") + 1)}`,
  aws_cloudwatch_log_delivery: ({ id }) => `logs delete-delivery --id ${id}`,
  aws_cloudwatch_log_delivery_destination: ({ id }) => `logs delete-delivery-destination --name ${id}`,
  aws_cloudwatch_log_delivery_source: ({ id }) => `logs delete-delivery-source --name ${id}`,
  aws_cloudwatch_log_group: ({ id }) => `logs delete-log-group --log-group-name ${id}`,
  aws_cloudwatch_log_resource_policy: ({ id }) => `logs delete-resource-policy --policy-name ${id}`,
  aws_cloudwatch_metric_alarm: ({ id }) => `cloudwatch delete-alarms --alarm-names ${id}`,
  aws_db_cluster_snapshot: ({ id }) =>
    `rds delete-db-cluster-snapshot --db-cluster-snapshot-identifier ${id}`,
  aws_db_subnet_group: ({ id }) => `rds delete-db-subnet-group --db-subnet-group-name ${id}`,
  aws_ecs_cluster: ({ id }) => `ecs delete-cluster --cluster ${id}`,
  aws_ecs_service: ({ id }) =>
    `ecs delete-service --force --cluster ${id.split("/")[0]} --service ${id.split("/")[1] ?? id}`,
  aws_ecs_task_definition: ({ id }) =>
    `ecs deregister-task-definition --task-definition ${id.slice(id.lastIndexOf("/") + 1)}`,
  aws_eip: ({ id }) => `ec2 release-address --allocation-id ${id}`,
  aws_flow_log: ({ id }) => `ec2 delete-flow-logs --flow-log-ids ${id}`,
  // IAM deletes a role without policies only.
  aws_iam_role: ({ id }) =>
    [
      `iam list-role-policies --role-name ${id} --query PolicyNames --output text | xargs -r -n 1 aws iam delete-role-policy --role-name ${id} --policy-name`,
      `aws iam list-attached-role-policies --role-name ${id} --query 'AttachedPolicies[].PolicyArn' --output text | xargs -r -n 1 aws iam detach-role-policy --role-name ${id} --policy-arn`,
      `aws iam delete-role --role-name ${id}`,
    ].join(" && "),
  aws_internet_gateway: ({ id }) => `ec2 delete-internet-gateway --internet-gateway-id ${id}`,
  aws_lb: ({ id }) => `elbv2 delete-load-balancer --load-balancer-arn ${id}`,
  aws_lb_listener: ({ id }) => `elbv2 delete-listener --listener-arn ${id}`,
  aws_lb_listener_rule: ({ id }) => `elbv2 delete-rule --rule-arn ${id}`,
  aws_lb_target_group: ({ id }) => `elbv2 delete-target-group --target-group-arn ${id}`,
  aws_nat_gateway: ({ id }) => `ec2 delete-nat-gateway --nat-gateway-id ${id}`,
  aws_rds_cluster: ({ id }) => `rds delete-db-cluster --skip-final-snapshot --db-cluster-identifier ${id}`,
  aws_rds_cluster_instance: ({ id }) => `rds delete-db-instance --db-instance-identifier ${id}`,
  aws_rds_cluster_parameter_group: ({ id }) =>
    `rds delete-db-cluster-parameter-group --db-cluster-parameter-group-name ${id}`,
  aws_route: ({ id }) =>
    `ec2 delete-route --route-table-id ${id.split("_")[0]} --destination-cidr-block ${id.split("_")[1]}`,
  aws_route_table: ({ id }) => `ec2 delete-route-table --route-table-id ${id}`,
  aws_route_table_association: ({ parent = "" }) => `ec2 disassociate-route-table --association-id ${parent}`,
  aws_s3_bucket: ({ id }) => `s3 rb --force s3://${id}`,
  aws_secretsmanager_secret: ({ id }) =>
    `secretsmanager delete-secret --force-delete-without-recovery --secret-id ${id}`,
  aws_security_group: ({ id }) => `ec2 delete-security-group --group-id ${id}`,
  aws_sns_topic: ({ id }) => `sns delete-topic --topic-arn ${id}`,
  aws_subnet: ({ id }) => `ec2 delete-subnet --subnet-id ${id}`,
  aws_vpc: ({ id }) => `ec2 delete-vpc --vpc-id ${id}`,
  aws_vpc_endpoint: ({ id }) => `ec2 delete-vpc-endpoints --vpc-endpoint-ids ${id}`,
  aws_vpc_security_group_egress_rule: ({ id, parent = "" }) =>
    `ec2 revoke-security-group-egress --group-id ${parent} --security-group-rule-ids ${id}`,
  aws_vpc_security_group_ingress_rule: ({ id, parent = "" }) =>
    `ec2 revoke-security-group-ingress --group-id ${parent} --security-group-rule-ids ${id}`,
};

/** A line for the shell; of what has no command, the place to look. */
export function removal(item: Item): string {
  const command = COMMANDS[item.type]?.(item);
  if (!command) return `# no command is known for ${item.type} ${item.id}`;
  return `aws ${command} --region ${item.region ?? HOME_REGION}`;
}
