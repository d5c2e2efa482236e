import type { Draft } from "./draft.ts";

export type Mutation = (draft: Draft) => void;

const service = (draft: Draft) => draft.first("aws_ecs_service");
const cluster = (draft: Draft) => draft.first("aws_rds_cluster");
const distribution = (draft: Draft) => draft.first("aws_cloudfront_distribution");
const targetGroup = (draft: Draft) => draft.first("aws_lb_target_group");
const bucketPolicy = (draft: Draft, keep: (effect: string) => boolean) =>
  draft.editJson(draft.first("aws_s3_bucket_policy"), "policy", (policy) => {
    policy.Statement = policy.Statement.filter(({ Effect }: { Effect: string }) => keep(Effect));
  });
const backend = (draft: Draft) => draft.root.terraform.backend.s3;

/** For each rule, by its id, the one change that breaks it and no other. The environment's suffix is `dev`. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = {
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
  "task-size": (draft) => {
    draft.first("aws_ecs_task_definition").memory = "4096";
  },
  "database-environment": (draft) =>
    draft.container((container) => {
      container.environment = container.environment.filter(
        ({ name }: { name: string }) => name !== "DB_HOST",
      );
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
    delete service(draft).lifecycle;
  },
  "rolling-deployment": (draft) => {
    service(draft).deployment_minimum_healthy_percent = 50;
  },
  "circuit-breaker": (draft) => {
    service(draft).deployment_circuit_breaker.rollback = false;
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
      security_group_id: `\${${draft.address("aws_security_group", "ApiService")}.id}`,
      cidr_ipv4: "0.0.0.0/0",
      ip_protocol: "tcp",
      from_port: 22,
      to_port: 22,
      tags: { Name: "security-group-api-dev-ingress-22" },
    }),
  "standalone-security-group-rules": (draft) => {
    draft.first("aws_security_group").egress = [];
  },
  "default-security-group": (draft) => draft.remove("aws_default_security_group"),
  "least-privilege-roles": (draft) =>
    draft.editJson(draft.first("aws_iam_role_policy", "ExecutionRole"), "policy", (policy) => {
      policy.Statement[0].Action = ["logs:*"];
    }),

  "aurora-postgresql": (draft) => {
    cluster(draft).engine = "aurora-mysql";
  },
  "aurora-version": (draft) => {
    draft.first("aws_rds_engine_version", "", "data").preferred_versions.push("15.3");
  },
  "aurora-version-verified": (draft) => {
    cluster(draft).engine_version = "16.8";
  },
  "instance-class": (draft) => {
    draft.first("aws_rds_cluster_instance", "Reader").instance_class = "db.t3.small";
  },
  "automatic-backups": (draft) => {
    cluster(draft).backup_retention_period = 0;
  },
  "database-failover": (draft) => {
    const [one, other] = draft.all("aws_rds_cluster_instance");
    other!.availability_zone = one!.availability_zone;
  },
  "no-cluster-zones": (draft) => {
    cluster(draft).availability_zones = ["eu-north-1a", "eu-north-1b"];
  },
  "database-encrypted": (draft) => {
    delete cluster(draft).storage_encrypted;
  },
  "database-tls": (draft) => {
    draft.first("aws_rds_cluster_parameter_group").parameter[0].value = "0";
  },
  "no-minor-upgrades-by-aws": (draft) => {
    delete draft.first("aws_rds_cluster_instance").auto_minor_version_upgrade;
  },

  "password-in-secrets-manager": (draft) => {
    const generated = draft.address("aws_secretsmanager_random_password", "Database", "ephemeral");
    cluster(draft).master_password_wo = `\${${generated}.random_password}`;
  },
  "secrets-write-only": (draft) => {
    draft.first("aws_secretsmanager_secret_version").secret_string_wo = "hunter2";
  },
  "secret-to-task": (draft) =>
    draft.container((container) => {
      container.secrets = container.secrets.filter(({ name }: { name: string }) => name !== "API_KEYS");
    }),
  "no-secret-in-settings": (draft) =>
    draft.container((container) => {
      container.environment.push({ name: "SMTP_PASSWORD", value: "hunter2" });
    }),
  "no-secret-in-configuration": (draft) => {
    cluster(draft).master_password = "hunter2";
  },
  "origin-token-only": (draft) => {
    const token = draft.address("aws_secretsmanager_secret_version", "", "data");
    draft.first("aws_cloudwatch_dashboard").dashboard_body = `\${${token}.secret_string}`;
  },
  "origin-token-is-no-password": (draft) => {
    const password = draft.address("aws_secretsmanager_secret_version", "Database_Password");
    draft.first("aws_secretsmanager_secret_version", "", "data").secret_id = `\${${password}.secret_id}`;
  },
  "secret-recovery-window": (draft) => {
    delete draft.first("aws_secretsmanager_secret").recovery_window_in_days;
  },
  "secret-name-version": (draft) => {
    draft.first("aws_secretsmanager_secret", "Password").name = "db-password-dev";
  },

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
    distribution(draft).ordered_cache_behavior[1].viewer_protocol_policy = "allow-all";
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

  "task-logs": (draft) =>
    draft.container((container) => {
      delete container.logConfiguration;
    }),
  "cluster-logs": (draft) => {
    draft.first("aws_ecs_cluster").setting[0].value = "disabled";
  },
  "database-logs": (draft) => {
    delete cluster(draft).enabled_cloudwatch_logs_exports;
  },
  "network-logs": (draft) => draft.remove("aws_flow_log"),
  "edge-logs": (draft) => draft.remove("aws_cloudwatch_log_delivery"),
  "balancer-logs": (draft) => {
    draft.first("aws_lb").access_logs.enabled = false;
  },
  "log-retention": (draft) => {
    delete draft.first("aws_cloudwatch_log_group").retention_in_days;
  },
  "bucket-lifecycle": (draft) => {
    draft.first("aws_s3_bucket_lifecycle_configuration").rule[0].expiration[0].days = 90;
  },
  "lifecycle-filter": (draft) => {
    delete draft.first("aws_s3_bucket_lifecycle_configuration").rule[0].filter;
  },
  "bucket-private": (draft) => {
    draft.first("aws_s3_bucket_public_access_block").ignore_public_acls = false;
  },
  "bucket-acls-off": (draft) => draft.remove("aws_s3_bucket_ownership_controls"),
  "bucket-encrypted": (draft) => {
    const [rule] = draft.first("aws_s3_bucket_server_side_encryption_configuration").rule;
    rule.apply_server_side_encryption_by_default.sse_algorithm = "aws:kms";
  },
  "bucket-tls": (draft) => bucketPolicy(draft, (effect) => effect !== "Deny"),
  "balancer-may-write": (draft) => bucketPolicy(draft, (effect) => effect !== "Allow"),

  "suffix-in-names": (draft) => {
    draft.first("aws_sns_topic").name = "topic-alarms";
  },
  "naming-convention": (draft) => {
    draft.first("aws_lb").name = "Alb-dev";
  },
  "name-limits": (draft) => {
    draft.first("aws_lb").name = "alb-of-the-product-catalogue-api-dev";
  },
  "security-group-names": (draft) => {
    draft.first("aws_security_group").name = "sg-alb-dev";
  },
  "tag-environment": (draft) => {
    delete draft.root.provider.aws[1].default_tags[0].tags.Environment;
  },
  "tag-project": (draft) => {
    draft.first("aws_vpc").tags.Project = "other";
  },
  "tag-name": (draft) => {
    delete draft.first("aws_subnet").tags;
  },
  region: (draft) => {
    draft.root.provider.aws[0].region = "eu-west-1";
  },
  outputs: (draft) => {
    delete draft.root.output["alb-dns-name"];
  },

  "state-encrypted": (draft) => {
    delete backend(draft).encrypt;
  },
  "no-lockfile": (draft) => {
    backend(draft).use_lockfile = true;
  },
  "backend-properties": (draft) => {
    backend(draft).locking = true;
  },
  "state-per-environment": (draft) => {
    backend(draft).key = "catalog-api/terraform.tfstate";
  },
  "provider-versions": (draft) => {
    draft.first("aws_sns_topic").region = "eu-north-1";
  },
  "terraform-version": (draft) => {
    draft.root.terraform.required_version = ">= 1.10.0";
  },

  "no-deletion-protection": (draft) => {
    draft.first("aws_lb").enable_deletion_protection = true;
  },
  "nothing-retained": (draft) => {
    draft.first("aws_cloudwatch_log_group").skip_destroy = true;
  },
  "no-final-snapshot": (draft) => {
    delete cluster(draft).skip_final_snapshot;
  },
  "backups-go-too": (draft) => {
    cluster(draft).delete_automated_backups = false;
  },
  "emptied-on-destroy": (draft) => {
    delete draft.first("aws_s3_bucket").force_destroy;
  },
  "no-kms-keys": (draft) =>
    draft.add("aws_kms_key", "Key", { deletion_window_in_days: 7, tags: { Name: "key-dev" } }),
  "deploys-in-15-minutes": (draft) => {
    draft.first("aws_rds_cluster_instance", "Reader").depends_on = [
      draft.address("aws_rds_cluster_instance", "Writer"),
    ];
  },
};
