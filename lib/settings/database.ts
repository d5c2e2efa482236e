import { checkInstanceClass, DatabaseClusterEngine } from "../aws/rds/index.ts";
import { integer, optional, type SettingTable, text } from "./kinds.ts";

/** The database. */
export const DATABASE = {
  databaseInstanceClass: text({
    variable: "DATABASE_INSTANCE_CLASS",
    fallback: "db.t3.medium",
    range: "db.t3.medium or larger",
    check: checkInstanceClass,
    description: "Class of the writer, and of the reader unless DATABASE_READER_INSTANCE_CLASS says another",
  }),
  databaseReaderInstanceClass: optional({
    variable: "DATABASE_READER_INSTANCE_CLASS",
    pattern: /./,
    check: checkInstanceClass,
    range: "db.t3.medium or larger",
    description:
      "Class of the reader; change it first, apply, then DATABASE_INSTANCE_CLASS: one restarts at a time",
  }),
  databaseEngineVersion: optional({
    variable: "DATABASE_ENGINE_VERSION",
    pattern: /^\d{2}\.(?:0|[1-9]\d?)$/,
    check: (version) => void DatabaseClusterEngine.auroraPostgres({ preferredVersions: [version] }),
    range: "a version of Aurora PostgreSQL, 16.4 or later, as 16.8",
    description: "Version to upgrade to; unset, an environment stays at the one that it was made with",
  }),
  databaseSnapshot: optional({
    variable: "DATABASE_SNAPSHOT",
    pattern:
      /^(?:arn:aws:rds:eu-north-1:\d{12}:cluster-snapshot:)?(?:rds:|awsbackup:)?[A-Za-z](?:-?[A-Za-z0-9]){0,254}$/,
    range: "a cluster snapshot's name, or its ARN in eu-north-1",
    description:
      "Snapshot whose data a new environment begins with; of a new environment, since one that stands keeps its own",
  }),
  backupRetentionDays: integer({
    variable: "BACKUP_RETENTION_DAYS",
    fallback: 7,
    range: [1, 35],
    description: "How long automatic backups are kept",
  }),
} as const satisfies SettingTable;
