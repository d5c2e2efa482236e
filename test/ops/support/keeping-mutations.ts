import type { Draft, Mutation } from "./draft.ts";

const cluster = (draft: Draft) => draft.first("aws_rds_cluster");
const bucketPolicy = (draft: Draft, keep: (effect: string) => boolean) =>
  draft.editJson(draft.first("aws_s3_bucket_policy"), "policy", (policy) => {
    policy.Statement = policy.Statement.filter(({ Effect }: { Effect: string }) => keep(Effect));
  });
const backend = (draft: Draft) => draft.root.terraform.backend.s3;

/**
 * For each rule about what keeps (database, secrets, logs, names, state, destroy), by its id, the one change that breaks
 * it and no other. The environment's suffix is `dev`.
 */
export const KEEPING_MUTATIONS: Readonly<Record<string, Mutation>> = {
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
  "no-extended-support": (draft) => {
    const { ignore_changes } = cluster(draft).lifecycle;
    ignore_changes.splice(ignore_changes.indexOf("engine_lifecycle_support"), 1);
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
  "edge-log-fields": (draft) => {
    draft.first("aws_cloudwatch_log_delivery").record_fields.push("cs(Cookie)");
  },
  "tag-suffix": (draft) => {
    draft.root.provider.aws[1].default_tags[0].tags.Suffix = "other";
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
  "state-locked": (draft) => {
    delete backend(draft).dynamodb_table;
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

  "text-lengths": (draft) => {
    draft.first("aws_vpc_security_group_egress_rule").description = "API to registry ".repeat(16);
  },
  "entry-counts": (draft) => {
    const [origin] = [draft.first("aws_cloudfront_distribution").origin].flat();
    for (let index = 0; index < 10; index++)
      origin.custom_header.push({ name: `x-part-${index}`, value: "of the edge" });
  },
  "role-policies-size": (draft) => {
    const name = draft.address("aws_iam_role", "Execution").split(".")[1];
    draft.editJson(
      draft
        .all("aws_iam_role_policy")
        .find(({ role, policy }) => role.includes(name) && policy.includes("logs:"))!,
      "policy",
      ({ Statement }) => {
        for (let index = 0; index < 100; index++) Statement.push(Statement[0]);
      },
    );
  },
  "alarm-window": (draft) => {
    draft.first("aws_cloudwatch_metric_alarm", "NatPorts").evaluation_periods = 289;
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
