import type { Draft, Mutation } from "./draft.ts";

const service = (draft: Draft) => draft.first("aws_ecs_service");
const distribution = (draft: Draft) => draft.first("aws_cloudfront_distribution");
const targetGroup = (draft: Draft) => draft.first("aws_lb_target_group");

/**
 * For each rule about what serves (compute, balancer, network, edge), by its id, the one change that breaks it and no
 * other. The environment's suffix is `dev`.
 */
export const SERVING_MUTATIONS: Readonly<Record<string, Mutation>> = {
  "fargate-service": (draft) => {
    draft.first("aws_ecs_task_definition").requires_compatibilities = ["EC2"];
  },
  "container-port": (draft) =>
    draft.container((container) => {
      container.portMappings[0].containerPort = 8080;
    }),
  "fargate-spot": (draft) => {
    service(draft).capacity_provider_strategy = [{ capacity_provider: "FARGATE", weight: 1, base: 0 }];
  },
  "no-launch-type": (draft) => {
    service(draft).launch_type = "FARGATE";
  },
  "strategy-in-place": (draft) => {
    delete service(draft).force_new_deployment;
  },
  "task-size": (draft) => {
    draft.first("aws_ecs_task_definition").memory = "4096";
  },
  "database-environment": (draft) =>
    draft.container((container) => {
      container.environment = container.environment.filter(
        ({ name }: { name: string }) => name !== "DB_HOST",
      );
    }),
  "migrations-before-the-api": (draft) =>
    draft.container((container) => {
      container.dependsOn[0].condition = "START";
    }),
  "scaling-bounds": (draft) => {
    draft.first("aws_appautoscaling_target").max_capacity = 20;
  },
  "scaling-on-cpu": (draft) => {
    draft.first(
      "aws_appautoscaling_policy",
    ).target_tracking_scaling_policy_configuration.predefined_metric_specification.predefined_metric_type =
      "ECSServiceAverageMemoryUtilization";
  },
  "scaled-count-ignored": (draft) => {
    delete service(draft).lifecycle.ignore_changes;
  },
  "rolling-deployment": (draft) => {
    service(draft).deployment_minimum_healthy_percent = 50;
  },
  "circuit-breaker": (draft) => {
    service(draft).deployment_circuit_breaker.rollback = false;
  },
  "steady-state": (draft) => {
    delete service(draft).wait_for_steady_state;
  },
  "tags-on-tasks": (draft) => {
    delete service(draft).propagate_tags;
  },
  "zone-rebalancing": (draft) => {
    delete service(draft).availability_zone_rebalancing;
  },
  "stop-timeout": (draft) =>
    draft.container((container) => {
      container.stopTimeout = 30;
    }),
  "container-privileges": (draft) =>
    draft.container((container) => {
      container.user = "0:0";
    }),

  "health-check-path": (draft) => {
    targetGroup(draft).health_check.path = "/";
  },
  "health-check-timing": (draft) => {
    targetGroup(draft).health_check.unhealthy_threshold = 5;
  },
  "service-behind-balancer": (draft) => {
    service(draft).load_balancer[0].target_group_arn = "arn:aws:elasticloadbalancing:other";
  },
  "refused-without-token": (draft) => {
    draft.first("aws_lb_listener").default_action[0].fixed_response.status_code = "200";
  },
  "origin-header": (draft) => {
    distribution(draft).origin[0].custom_header[0].name = "x-other";
  },
  "deregistration-delay": (draft) => {
    targetGroup(draft).deregistration_delay = "300";
  },
  "replaceable-target-group": (draft) => {
    delete targetGroup(draft).lifecycle;
  },
  "invalid-headers": (draft) => {
    draft.first("aws_lb").drop_invalid_header_fields = false;
  },
  "balancer-tls": (draft) => {
    Object.assign(draft.first("aws_lb_listener"), {
      protocol: "HTTPS",
      ssl_policy: "ELBSecurityPolicy-2016-08",
    });
  },

  "two-zones": (draft) => {
    const [one, other] = draft.all("aws_subnet", "Private");
    other!.availability_zone = one!.availability_zone;
  },
  "way-out-of-private-subnets": (draft) => {
    delete draft.first("aws_route", "Private").nat_gateway_id;
  },
  "balancer-in-public-subnets": (draft) => {
    draft.first("aws_lb").internal = true;
  },
  "tasks-in-private-subnets": (draft) => {
    service(draft).network_configuration.assign_public_ip = true;
  },
  "database-in-private-subnets": (draft) => {
    draft.first("aws_rds_cluster_instance").publicly_accessible = true;
  },
  "balancer-to-tasks": (draft) => draft.close("ingress", 3000),
  "tasks-to-database": (draft) => draft.close("egress", 5432),
  "edge-to-balancer": (draft) => draft.close("ingress", 80),
  "tasks-to-aws": (draft) => draft.close("egress", 443),
  "least-privilege-network": (draft) =>
    draft.add("aws_vpc_security_group_ingress_rule", "Shell", {
      security_group_id: `\${${draft.address("aws_security_group", "Alb")}.id}`,
      cidr_ipv4: "0.0.0.0/0",
      ip_protocol: "tcp",
      from_port: 22,
      to_port: 22,
      tags: { Name: "security-group-alb-dev-ingress-22" },
    }),
  "standalone-security-group-rules": (draft) => {
    draft.first("aws_security_group").egress = [];
  },
  "default-security-group": (draft) => draft.remove("aws_default_security_group"),
  "execution-role": (draft) =>
    draft.editJson(draft.first("aws_iam_role_policy", "ReadApiKeys"), "policy", (policy) => {
      policy.Statement[0].Resource = [`\${${draft.address("aws_secretsmanager_secret", "OriginToken")}.arn}`];
    }),
  "least-privilege-roles": (draft) =>
    draft.editJson(draft.first("aws_iam_role_policy", "ExecutionRole"), "policy", (policy) => {
      policy.Statement[0].Action.push("logs:*");
    }),

  distribution: (draft) => {
    distribution(draft).enabled = false;
  },
  "managed-cache-policy": (draft) => {
    distribution(draft).ordered_cache_behavior[0].cache_policy_id = "00000000-0000-4000-8000-000000000000";
  },
  "default-not-cached": (draft) => {
    distribution(draft).default_cache_behavior.cache_policy_id = "4cc15a8a-d715-48a4-82b8-cc0b614638fe";
  },
  "query-in-cache-key": (draft) => {
    distribution(draft).ordered_cache_behavior[0].cache_policy_id = "658327ea-f89d-4fab-a63d-7e88639e58f6";
  },
  "catalogue-cached": (draft) => {
    distribution(draft).ordered_cache_behavior.pop();
  },
  "no-forwarded-values": (draft) => {
    distribution(draft).default_cache_behavior.forwarded_values = { query_string: true };
  },
  "viewers-on-https": (draft) => {
    distribution(draft).ordered_cache_behavior[1].viewer_protocol_policy = "redirect-to-https";
  },
  "writes-pass": (draft) => {
    distribution(draft).default_cache_behavior.allowed_methods = ["GET", "HEAD"];
  },
  "security-headers": (draft) => {
    delete distribution(draft).default_cache_behavior.response_headers_policy_id;
  },
  "edge-protocols": (draft) => {
    distribution(draft).http_version = "http1.1";
  },
  "errors-not-kept": (draft) => {
    distribution(draft).custom_error_response[2].error_caching_min_ttl = 10;
  },
};
