import { z } from "zod";
import { HOME_REGION } from "../../../local/regions.ts";
import {
  between,
  block,
  blocks,
  dependsOn,
  exactly,
  json,
  keyed,
  name,
  reference,
  references,
  setOf,
  tags,
  text,
} from "./schema.ts";

const setting = (value: z.ZodType) => z.strictObject({ name: z.string(), value });
const secret = z.strictObject({ name: z.string(), valueFrom: reference("aws_secretsmanager_secret", "arn") });
const literal = (...values: string[]) => setting(z.literal(values));
const scaled = (attribute: string) => reference("aws_appautoscaling_target", attribute);

const logTo = (prefix: string) =>
  z.strictObject({
    logDriver: z.literal("awslogs"),
    options: z.strictObject({
      "awslogs-group": reference("aws_cloudwatch_log_group", "name"),
      "awslogs-region": z.literal(HOME_REGION),
      "awslogs-stream-prefix": z.literal(prefix),
      mode: z.literal("non-blocking"),
      "max-buffer-size": z.literal("25m"),
    }),
  });
const withoutCapabilities = z.strictObject({
  capabilities: z.strictObject({ drop: z.tuple([z.literal("ALL")]) }),
});

/** The way to the database, for every container. */
const database = {
  DB_HOST: setting(reference("aws_rds_cluster", "endpoint")),
  DB_READER_HOST: setting(reference("aws_rds_cluster", "reader_endpoint")),
  DB_NAME: literal("catalog"),
  DB_PORT: literal("5432"),
  DB_SSL: literal("verify"),
  NODE_ENV: literal("production"),
  SERVICE_NAME: setting(z.string().startsWith("catalog-api-")),
};
const apiLogin = setting(z.string().regex(/^catalog_api_v[1-9]\d{0,3}$/));

/** What every container is like. */
const shared = {
  image: z.string().min(1), // `image-pinned` and `image-may-be-pulled` judge it
  user: z.literal("10001:10001"),
  stopTimeout: z.literal(120),
};

/** The API's container. */
const api = z.strictObject({
  ...shared,
  name: z.literal("api"),
  essential: z.literal(true),
  dependsOn: z.tuple([
    z.strictObject({ containerName: z.literal("migrate"), condition: z.literal("SUCCESS") }),
  ]),
  portMappings: z.tuple([
    z.strictObject({ containerPort: z.literal(3000), hostPort: z.literal(3000), protocol: z.literal("tcp") }),
  ]),
  environment: keyed("name", {
    ...database,
    DB_USER: apiLogin,
    DB_SCHEMA: literal("wait"),
    LOG_LEVEL: literal("trace", "debug", "info", "warn", "error"),
    LIST_CURRENCY: setting(z.string().regex(/^[A-Z]{3}$/)).optional(),
    CORS_ORIGINS: setting(
      z.string().regex(/^(\*|https?:\/\/[^\s,/*]+(, *https?:\/\/[^\s,/*]+)*)$/),
    ).optional(),
    API_REFERENCE: literal("off").optional(),
    PORT: literal("3000"),
    TRUST_PROXY: setting(z.string()), // `trusted-proxies` judges it
  }),
  secrets: keyed("name", { DB_PASSWORD: secret, API_KEYS: secret, API_KEYS_BEFORE: secret.optional() }),
  readonlyRootFilesystem: z.boolean(), // `container-privileges` judges it
  linuxParameters: z.union([
    withoutCapabilities,
    z.strictObject({ initProcessEnabled: z.literal(true) }), // with ECS Exec
  ]),
  logConfiguration: logTo("api"),
});

/** The container that ends before the API starts. */
const migrate = z.strictObject({
  ...shared,
  name: z.literal("migrate"),
  command: z.tuple([z.literal("node"), z.literal("src/setup/main.ts")]),
  essential: z.literal(false),
  portMappings: z.tuple([]),
  environment: keyed("name", { ...database, DB_USER: literal("catalog"), API_DB_USER: apiLogin }),
  secrets: keyed("name", { DB_PASSWORD: secret, API_DB_PASSWORD: secret }),
  readonlyRootFilesystem: z.literal(true),
  linuxParameters: withoutCapabilities,
  logConfiguration: logTo("migrate"),
});

export const compute = {
  aws_ecs_cluster: z.strictObject({
    name,
    setting: block(z.strictObject({ name: z.literal("containerInsights"), value: z.literal("enabled") })),
    configuration: block(
      z.strictObject({
        execute_command_configuration: block(
          z.union([
            z.strictObject({
              logging: z.literal("OVERRIDE"),
              log_configuration: block(
                z.strictObject({
                  cloud_watch_log_group_name: reference("aws_cloudwatch_log_group", "name"),
                }),
              ),
            }),
            z.strictObject({ logging: z.literal("DEFAULT") }), // `shells-logged` demands the other where shells are possible
          ]),
        ),
      }),
    ),
    depends_on: dependsOn,
    tags,
  }),
  aws_ecs_cluster_capacity_providers: z.strictObject({
    cluster_name: reference("aws_ecs_cluster", "name"),
    capacity_providers: setOf("FARGATE", "FARGATE_SPOT"),
  }),
  aws_ecs_task_definition: z.strictObject({
    family: name,
    requires_compatibilities: z.tuple([z.literal("FARGATE")]),
    network_mode: z.literal("awsvpc"),
    cpu: exactly(1024),
    memory: exactly(2048),
    runtime_platform: block(
      z.strictObject({
        operating_system_family: z.literal("LINUX"),
        cpu_architecture: z.literal(["X86_64", "ARM64"]),
      }),
    ),
    execution_role_arn: reference("aws_iam_role", "arn"),
    task_role_arn: reference("aws_iam_role", "arn"),
    container_definitions: json(z.tuple([api, migrate])),
    lifecycle: block(
      z.strictObject({
        create_before_destroy: z.literal(true),
        // Without CONTAINER_IMAGE, a plan is refused: the condition is never true.
        precondition: block(
          z.strictObject({
            condition: z.string().regex(/^\$\{\(?data\.aws_caller_identity\.\w+\.account_id == ""\)?\}$/),
            error_message: z.string().regex(/CONTAINER_IMAGE/),
          }),
        ).optional(),
      }),
    ),
    tags,
  }),
  aws_ecs_service: z.strictObject({
    name,
    cluster: reference("aws_ecs_cluster", "arn"),
    task_definition: reference("aws_ecs_task_definition", "arn"),
    desired_count: z.union([between(2, 10), exactly(0)]), // none: a fallback
    capacity_provider_strategy: blocks(
      z.union([
        z.strictObject({
          capacity_provider: z.literal("FARGATE_SPOT"),
          base: exactly(0),
          weight: exactly(1),
        }),
        z.strictObject({
          capacity_provider: z.literal("FARGATE"),
          base: between(1, 10),
          weight: exactly(0),
        }),
        // Of a fallback; `fargate-spot` refuses it for the service in front.
        z.strictObject({ capacity_provider: z.literal("FARGATE"), base: exactly(0), weight: exactly(1) }),
      ]),
    ).refine(
      (given) => new Set(given.map((each) => each.capacity_provider)).size === given.length,
      "name each capacity provider once",
    ),
    network_configuration: block(
      z.strictObject({
        subnets: references("aws_subnet", "id", [2, 2]),
        security_groups: references("aws_security_group", "id", [1, 1]),
        assign_public_ip: z.literal(false),
      }),
    ),
    load_balancer: block(
      z.strictObject({
        target_group_arn: reference("aws_lb_target_group", "arn"),
        container_name: z.literal("api"),
        container_port: exactly(3000),
      }),
    ),
    health_check_grace_period_seconds: exactly(120), // as long as migrations, and Aurora's choice of a writer, may take
    deployment_minimum_healthy_percent: exactly(100),
    deployment_maximum_percent: exactly(200),
    deployment_circuit_breaker: block(z.strictObject({ enable: z.literal(true), rollback: z.literal(true) })),
    // Which alarms, `deployment-alarms` judges.
    alarms: block(
      z.strictObject({
        alarm_names: references("aws_cloudwatch_metric_alarm", "alarm_name", [1, 10]),
        enable: z.literal(true),
        rollback: z.literal(true),
      }),
    ),
    availability_zone_rebalancing: z.literal("ENABLED"),
    enable_ecs_managed_tags: z.literal(true),
    enable_execute_command: z.boolean(), // a setting; `container-privileges` and `shells-logged` follow it
    propagate_tags: z.literal("SERVICE"),
    wait_for_steady_state: z.literal(true),
    force_new_deployment: z.literal(true),
    lifecycle: block(
      z.strictObject({
        ignore_changes: z.tuple([z.literal("desired_count")]),
        // `rollback-fails-apply` judges the condition.
        postcondition: block(z.strictObject({ condition: z.string(), error_message: text })),
      }),
    ),
    depends_on: dependsOn,
    tags,
  }),
  aws_appautoscaling_target: z.strictObject({
    min_capacity: z.union([between(2, 10), exactly(0)]),
    max_capacity: between(1, 10),
    resource_id: z
      .string()
      .regex(/^service\/\$\{aws_ecs_cluster\.\w+\.name\}\/\$\{aws_ecs_service\.\w+\.name\}$/),
    scalable_dimension: z.literal("ecs:service:DesiredCount"),
    service_namespace: z.literal("ecs"),
    // Only where a schedule moves the minimum.
    lifecycle: block(z.strictObject({ ignore_changes: setOf("min_capacity") })).optional(),
    tags,
  }),
  aws_appautoscaling_policy: z.discriminatedUnion("policy_type", [
    z.strictObject({
      name,
      policy_type: z.literal("TargetTrackingScaling"),
      resource_id: scaled("resource_id"),
      scalable_dimension: scaled("scalable_dimension"),
      service_namespace: scaled("service_namespace"),
      target_tracking_scaling_policy_configuration: block(
        z.strictObject({
          predefined_metric_specification: block(
            z.strictObject({ predefined_metric_type: z.literal("ECSServiceAverageCPUUtilization") }),
          ),
          target_value: between(10, 90),
          scale_in_cooldown: between(0, 3600),
          scale_out_cooldown: between(0, 3600),
        }),
      ),
    }),
    z.strictObject({
      name,
      policy_type: z.literal("StepScaling"),
      resource_id: scaled("resource_id"),
      scalable_dimension: scaled("scalable_dimension"),
      service_namespace: scaled("service_namespace"),
      step_scaling_policy_configuration: block(
        z.strictObject({
          adjustment_type: z.literal("ExactCapacity"),
          cooldown: exactly(0),
          metric_aggregation_type: z.literal("Maximum"),
          step_adjustment: blocks(
            z.strictObject({
              metric_interval_lower_bound: z.string().regex(/^\d$/),
              metric_interval_upper_bound: z.string().regex(/^\d$/).optional(),
              scaling_adjustment: between(0, 10),
            }),
          ),
        }),
      ),
    }),
  ]),
  aws_appautoscaling_scheduled_action: z.strictObject({
    name,
    resource_id: scaled("resource_id"),
    scalable_dimension: scaled("scalable_dimension"),
    service_namespace: scaled("service_namespace"),
    schedule: z.string(), // `schedules-come` judges it
    timezone: z.literal("UTC"),
    scalable_target_action: block(
      z.strictObject({ min_capacity: between(2, 10) }), // `maximum-not-scheduled` says why no more
    ),
  }),
};
