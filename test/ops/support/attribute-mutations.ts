import type { Mutation } from "./draft.ts";

/** For each rule of the net below the named rules, by its id, one change that it alone notices. */
export const ATTRIBUTE_MUTATIONS: Readonly<Record<string, Mutation>> = {
  "known-types": (draft) =>
    draft.add("aws_lambda_function_url", "Door", { function_name: "door-dev", authorization_type: "NONE" }),
  "attributes-compute": (draft) =>
    draft.container((container) => {
      container.environment.find(({ name }: { name: string }) => name === "DB_SSL").value = "disable";
    }),
  "attributes-balancer": (draft) => {
    draft.first("aws_lb_target_group").health_check.matcher = "200-499";
  },
  "attributes-network": (draft) => {
    draft.first("aws_flow_log").traffic_type = "REJECT";
  },
  "attributes-database": (draft) => {
    draft.first("aws_rds_cluster").iam_database_authentication_enabled = true;
  },
  "attributes-secrets": (draft) => {
    draft.first("aws_secretsmanager_random_password", "", "ephemeral").password_length = 8;
  },
  "attributes-edge": (draft) => {
    delete draft.first("aws_cloudfront_distribution").default_cache_behavior.origin_request_policy_id;
  },
  "attributes-iam": (draft) => {
    draft.first("aws_iam_role").max_session_duration = 43_200;
  },
  "attributes-logs": (draft) => {
    draft.first("aws_cloudwatch_log_delivery_destination").output_format = "w3c";
  },
  "attributes-root": (draft) => {
    draft.root.removed = [{ from: "aws_rds_cluster.Old", lifecycle: { destroy: false } }];
  },
  "attributes-observability": (draft) => {
    draft.first("aws_cloudwatch_metric_alarm").actions_enabled = false;
  },
};
