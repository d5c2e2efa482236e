import type { Body, Draft, Mutation } from "./draft.ts";

const executionPolicy = (draft: Draft, edit: (statements: Body[]) => void) =>
  draft.editJson(draft.first("aws_iam_role_policy", "ExecutionRole"), "policy", ({ Statement }) =>
    edit(Statement),
  );
const distribution = (draft: Draft) => draft.first("aws_cloudfront_distribution");
const environment = (draft: Draft, name: string, value: string) =>
  draft.container((container) => {
    container.environment.find((each: Body) => each.name === name).value = value;
  });

/**
 * For each rule about how things fit together, by its id, a change that breaks it. Others may notice the same change: what
 * fits together is seen from both ends. The stack has every option on.
 */
export const RELATION_MUTATIONS: Readonly<Record<string, Mutation>> = {
  "ways-to-grant": (draft) =>
    draft.add("aws_iam_role_policy_attachment", "Administrator", {
      role: `\${${draft.address("aws_iam_role", "TaskRole")}.name}`,
      policy_arn: "arn:aws:iam::aws:policy/AdministratorAccess",
    }),
  "known-numbers": (draft) => {
    const more = structuredClone(draft.first("aws_flow_log"));
    more.tags.Name = `more-${more.tags.Name}`;
    draft.add("aws_flow_log", "More", more);
  },
  "names-as-known": (draft) => {
    const fallback = draft.first("aws_ecs_service", "Fallback");
    fallback.name = "service-api-more-dev";
    fallback.tags.Name = fallback.name;
  },
  "no-circles": (draft) => {
    draft.first("aws_vpc").depends_on = [draft.address("aws_ecs_service")];
  },
  "plain-references": (draft) => {
    draft.first("aws_iam_role").description += " ${timestamp()}";
  },
  "trusted-services": (draft) =>
    draft.editJson(draft.first("aws_iam_role", "TaskRole"), "assume_role_policy", ({ Statement }) => {
      Statement[0].Principal.Service = ["vpc-flow-logs.amazonaws.com"];
    }),
  "no-negation": (draft) =>
    executionPolicy(draft, ([first]) => {
      first!.NotAction = first!.Action;
      delete first!.Action;
    }),
  "wildcards-in-arns": (draft) =>
    executionPolicy(draft, ([first]) => {
      first!.Resource = ["arn:aws:logs:*:*:log-group:*"];
    }),
  "resource-policies": (draft) =>
    draft.editJson(draft.first("aws_s3_bucket_policy"), "policy", ({ Statement }) => {
      Statement[1].Principal = "*";
    }),
  "separate-policies-first": (draft) => {
    delete draft.first("aws_iam_role_policy", "ExecutionRole_DefaultPolicy").depends_on;
  },
  "grants-by-role": (draft) =>
    executionPolicy(draft, ([first]) => {
      first!.Action.pop();
    }),

  "secrets-not-shown": (draft) => {
    const token = draft.address("aws_secretsmanager_secret_version", "", "data");
    distribution(draft).comment += ` \${${token}.secret_string}`;
  },
  "database-in-its-zones": (draft) => {
    draft.first("aws_rds_cluster_instance", "Reader").availability_zone = "eu-north-1c";
  },
  "schedules-come": (draft) => {
    draft.first("aws_appautoscaling_scheduled_action").schedule = "cron(0 5 30 2 ? 2126)";
  },
  "trusted-proxies": (draft) => environment(draft, "TRUST_PROXY", "0.0.0.0/0"),
  "image-pinned": (draft) =>
    draft.container((container) => {
      container.image = container.image.replace(/:[^:]*$/, ":latest");
    }),
  "containers-fit": (draft) => environment(draft, "DB_USER", "catalog_api_v7"),
  "parameters-of-the-version": (draft) => {
    draft.first("aws_rds_cluster_parameter_group").family = "aurora-postgresql17";
  },
  "image-may-be-pulled": (draft) =>
    draft.container((container) => {
      container.image = container.image.replace("catalog-api", "other");
    }),
  "shells-logged": (draft) => {
    delete draft.first("aws_ecs_cluster").configuration;
  },
  "schedules-keep-their-bounds": (draft) => {
    delete draft.first("aws_appautoscaling_target", "ApiService").lifecycle;
  },

  "prefix-list-once": (draft) => {
    const rules = draft.all("aws_vpc_security_group_ingress_rule", "FromCloudFront");
    draft.add("aws_vpc_security_group_ingress_rule", "Second", { ...rules[0]!, from_port: 80, to_port: 80 });
  },
  "keep-alive-order": (draft) => {
    draft.first("aws_lb").idle_timeout = 40;
  },
  "balancer-waits-longest": (draft) => {
    distribution(draft).origin[0].custom_origin_config.origin_read_timeout = 60;
  },
  "behaviours-reach-the-origin": (draft) => {
    distribution(draft).ordered_cache_behavior[0].target_origin_id = "other";
  },
  "behaviours-told-apart": (draft) => {
    distribution(draft).ordered_cache_behavior[1].path_pattern = "/v1/products";
  },
  "origin-protocol": (draft) => {
    distribution(draft).origin[0].custom_origin_config.origin_protocol_policy = "http-only";
  },
  "own-domain": (draft) => {
    distribution(draft).viewer_certificate = { cloudfront_default_certificate: true };
  },
  "newest-token": (draft) => {
    const older = draft.address("aws_secretsmanager_secret_version", "OriginTokenV1", "data");
    distribution(draft).origin[0].custom_header[0].value = `\${${older}.secret_string}`;
  },
  "web-acl-attached": (draft) => {
    delete distribution(draft).web_acl_id;
  },
  "web-acl-logged": (draft) => draft.remove("aws_wafv2_web_acl_logging_configuration"),
  "web-acl-rules-told-apart": (draft) => {
    draft.first("aws_wafv2_web_acl").rule[2].priority = 1;
  },

  "subnet-ranges": (draft) => {
    draft.first("aws_subnet", "Private1").cidr_block = "10.0.0.0/20";
  },
  "endpoint-routes": (draft) => {
    draft.first("aws_vpc_endpoint").route_table_ids.pop();
  },
  "route-table-for-each": (draft) => {
    const table = draft.address("aws_route_table", "Private2");
    draft.first("aws_route_table_association", "Private1").route_table_id = `\${${table}.id}`;
  },
  "zone-of-its-own-way-out": (draft) => {
    draft.first("aws_nat_gateway").subnet_id = `\${${draft.address("aws_subnet", "Private1")}.id}`;
  },

  "log-group-for-each": (draft) => {
    const group = draft.address("aws_cloudwatch_log_group", "Api_LogGroup");
    draft.first("aws_flow_log").log_destination = `\${${group}.arn}`;
  },
  "secret-has-one-value": (draft) => {
    const [one, other] = draft.all("aws_secretsmanager_secret_version");
    other!.secret_string_wo = one!.secret_string_wo;
  },
  "secret-versions-agree": (draft) => {
    draft.first("aws_rds_cluster").master_password_wo_version = 2;
  },
  "owner-for-migrations-alone": (draft) => {
    const owner = draft.address("aws_secretsmanager_secret", "Database_Password");
    draft.container(({ secrets: [, password] }) => {
      password.valueFrom = `\${${owner}.arn}`;
    });
  },
  "readers-wait-for-the-value": (draft) => {
    delete draft.first("aws_secretsmanager_secret_version", "", "data").depends_on;
  },

  "references-resolve": (draft) => draft.remove("aws_eip"),
  "no-twins": (draft) => draft.add("aws_route", "Twin", draft.first("aws_route")),
  "nothing-unused": (draft) =>
    draft.add("aws_eip", "Spare", { domain: "vpc", tags: { Name: "nat-gateway-9-dev" } }),
  "tag-name-is-name": (draft) => {
    draft.first("aws_lb").tags.Name = "balancer-dev";
  },
  "same-region": (draft) => {
    delete draft.first("aws_sns_topic", "Edge").provider;
  },
  "outputs-say-what-they-name": (draft) => {
    draft.root.output["database-secret-arn"].value = draft.root.output["api-keys-secret-arn"].value;
  },
  "service-name": (draft) => environment(draft, "SERVICE_NAME", "catalog-api-production"),
  "web-acl-logs-admitted": (draft) => {
    delete draft.first("aws_wafv2_web_acl_logging_configuration").depends_on;
  },
  "fallback-is-the-same": (draft) => {
    const { depends_on } = draft.first("aws_ecs_service", "Fallback");
    depends_on.splice(depends_on.indexOf(draft.address("aws_ecs_service", "ApiService")), 1);
  },
  "fallback-follows-spot": (draft) => {
    draft.first("aws_cloudwatch_metric_alarm", "SpotShort").evaluation_periods = 2;
  },
};
