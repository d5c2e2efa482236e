import type { Draft, Mutation } from "./draft.ts";

const forget =
  (type: string, ...parts: string[]): Mutation =>
  (draft) =>
    draft.forget(draft.first(type), ...parts);
const ofService = (...parts: string[]) => forget("aws_ecs_service", ...parts);

/** For each edge of the order, by its rule, the one change that takes it away and no other. */
export const ORDER_MUTATIONS: Readonly<Record<string, Mutation>> = {
  "order-service-capacity": ofService("aws_ecs_cluster_capacity_providers."),
  "order-service-policies": ofService("aws_iam_role_policy."),
  "order-service-listener": ofService("aws_lb_listener"),
  "order-service-routes": ofService("aws_route."),
  "order-service-rules": ofService("Api_ApiService_SecurityGroup"),
  "order-service-secrets": ofService("Api_ApiKeysV1_Version"),
  "order-service-database": ofService("aws_rds_cluster_instance."),
  "order-database-log-group": forget("aws_rds_cluster", "aws_cloudwatch_log_group."),
  "order-cluster-log-group": forget("aws_ecs_cluster", "aws_cloudwatch_log_group."),
  "order-balancer-bucket": forget("aws_lb", "aws_s3_bucket_policy.", "aws_s3_bucket_ownership_controls."),
  "order-balancer-routes": forget("aws_lb", "aws_route.", "aws_route_table_association."),
  "order-distribution-listener": forget("aws_cloudfront_distribution", "aws_lb_listener"),
  "order-bucket-policy": forget("aws_s3_bucket_policy", "aws_s3_bucket_public_access_block."),
  "order-nat-gateway-route": forget("aws_nat_gateway", "aws_route."),
  "order-flow-log-policy": forget("aws_flow_log", "aws_iam_role_policy."),
  "order-event-targets": (draft) => {
    delete draft.first("aws_cloudwatch_event_target").depends_on;
  },
  "order-log-delivery": forget("aws_cloudwatch_log_delivery", "aws_cloudwatch_log_resource_policy."),
  "order-secret-readers": (draft: Draft) => {
    const reader = draft.first("aws_secretsmanager_secret_version", "", "data");
    reader.secret_id = `\${${draft.address("aws_secretsmanager_secret", "OriginToken")}.id}`;
    delete reader.depends_on;
  },
};
