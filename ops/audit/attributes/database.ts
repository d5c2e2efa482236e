import { z } from "zod";
import {
  between,
  block,
  dependsOn,
  exactly,
  keyed,
  name,
  reference,
  references,
  replacedFirst,
  setOf,
  tags,
  text,
  zone,
} from "./schema.ts";

const parameter = (...values: string[]) => z.strictObject({ name: z.string(), value: z.literal(values) });

export const database = {
  aws_rds_cluster: z.strictObject({
    cluster_identifier: name,
    engine: z.literal("aurora-postgresql"),
    engine_version: reference("data.aws_rds_engine_version", "version"),
    database_name: z.literal("catalog"),
    port: exactly(5432),
    master_username: z.literal("catalog"),
    master_password_wo: reference("ephemeral.aws_secretsmanager_secret_version", "secret_string"),
    master_password_wo_version: between(1, 9999),
    db_subnet_group_name: reference("aws_db_subnet_group", "name"),
    db_cluster_parameter_group_name: reference("aws_rds_cluster_parameter_group", "name"),
    vpc_security_group_ids: references("aws_security_group", "id", [1, 1]),
    storage_encrypted: z.literal(true),
    backup_retention_period: between(1, 35),
    // At night, and half an hour apart: RDS refuses windows that overlap.
    preferred_backup_window: z.literal("02:00-03:00"),
    preferred_maintenance_window: z.literal("tue:03:30-tue:04:30"),
    copy_tags_to_snapshot: z.literal(true),
    enabled_cloudwatch_logs_exports: setOf("postgresql"),
    apply_immediately: z.literal(true),
    // Either the version stays, or a setting asks for one: `version-moves-by-setting` sees that it is one of them.
    allow_major_version_upgrade: z.literal(true).optional(),
    snapshot_identifier: z
      .string()
      .regex(
        /^(arn:aws:rds:[a-z0-9-]+:\d{12}:cluster-snapshot:)?(rds:|awsbackup:)?[A-Za-z][A-Za-z0-9-]{0,254}$/,
      )
      .optional(),
    engine_lifecycle_support: z.literal("open-source-rds-extended-support-disabled"),
    // `snapshot-counts-once` and `version-moves-by-setting` see that each is there when it has to be.
    lifecycle: block(
      z.strictObject({
        ignore_changes: z
          .array(z.literal(["engine_version", "snapshot_identifier", "engine_lifecycle_support"]))
          .min(1),
      }),
    ),
    skip_final_snapshot: z.literal(true),
    delete_automated_backups: z.literal(true),
    deletion_protection: z.literal(false),
    depends_on: dependsOn,
    tags,
  }),
  aws_rds_cluster_instance: z.strictObject({
    identifier: name,
    cluster_identifier: reference("aws_rds_cluster", "id"),
    engine: reference("aws_rds_cluster", "engine"),
    instance_class: z.string(), // `instance-class` judges it
    availability_zone: zone,
    promotion_tier: between(0, 1), // `database-failover` wants one of each
    publicly_accessible: z.literal(false),
    auto_minor_version_upgrade: z.literal(false),
    apply_immediately: z.literal(true),
    copy_tags_to_snapshot: z.literal(true),
    tags,
  }),
  aws_rds_cluster_parameter_group: z.strictObject({
    name,
    description: text,
    family: z.string(), // `parameters-of-the-version` judges it
    lifecycle: replacedFirst,
    parameter: keyed("name", {
      "rds.force_ssl": parameter("1"),
      log_min_duration_statement: parameter("1000"), // milliseconds
      log_statement: parameter("ddl"),
      log_connections: parameter("1"),
      log_disconnections: parameter("1"),
    }),
    tags,
  }),
  aws_db_subnet_group: z.strictObject({
    name,
    description: text,
    subnet_ids: references("aws_subnet", "id", [2, 2]),
    tags,
  }),
  "data.aws_rds_engine_version": z.strictObject({
    engine: z.literal("aurora-postgresql"),
    preferred_versions: z.array(z.string()).min(1), // `aurora-version` judges each
  }),
};
