import { Construct } from "constructs";
import { Duration } from "../aws/core/index.ts";
import type { Vpc } from "../aws/ec2/index.ts";
import * as rds from "../aws/rds/index.ts";
import * as secretsmanager from "../aws/secretsmanager/index.ts";
import type { Settings } from "../settings.ts";

/**
 * Newest long-term release first (16.8, supported until 2029), then what regions have beside it. Version 15.3, which
 * the brief warns of, and all before 16.4 are refused by the engine.
 */
const VERSIONS = ["16.8", "16.13", "16.11", "16.10", "16.9", "16.6", "16.4"];

export interface DatabaseProps {
  readonly vpc: Vpc;
  readonly settings: Settings;
}

/**
 * Aurora PostgreSQL: a writer and a reader in different zones, the passwords in Secrets Manager. The owner's is for
 * migrations alone; the API logs in by a role that may read and write rows, and no more.
 */
export class Database extends Construct {
  readonly cluster: rds.DatabaseCluster;
  /** Of the cluster's master user, who owns the database. */
  readonly ownerPassword: secretsmanager.Secret;
  /** Each version of the API's password has a login of its own, so that the one before goes on while tasks are replaced. */
  readonly apiUser: string;
  readonly apiPassword: secretsmanager.Secret;

  constructor(scope: Construct, id: string, { vpc, settings }: DatabaseProps) {
    super(scope, id);
    this.ownerPassword = new secretsmanager.Secret(this, "Password", {
      resourceType: "db-password",
      description: "Password of the database's owner, as whom migrations are applied",
      version: settings.databaseOwnerPasswordVersion,
    });
    this.apiUser = `catalog_api_v${settings.databasePasswordVersion}`;
    this.apiPassword = new secretsmanager.Secret(this, "ApiPassword", {
      resourceType: "db-api-password",
      description: "Password of the API's login at the database",
      version: settings.databasePasswordVersion,
    });
    this.cluster = new rds.DatabaseCluster(this, "Aurora", {
      engine: rds.DatabaseClusterEngine.auroraPostgres({
        preferredVersions: VERSIONS,
        version: settings.databaseEngineVersion,
      }),
      credentials: rds.Credentials.fromSecret(this.ownerPassword, "catalog"),
      defaultDatabaseName: "catalog",
      snapshotIdentifier: settings.databaseSnapshot,
      writer: { instanceClass: settings.databaseInstanceClass },
      readers: [{ instanceClass: settings.databaseReaderInstanceClass ?? settings.databaseInstanceClass }],
      vpc,
      backupRetention: Duration.days(settings.backupRetentionDays),
      parameters: {
        log_min_duration_statement: "1000", // milliseconds: slow statements belong in the log, all of them do not
        log_statement: "ddl", // who changed the schema
        log_connections: "1", // who connected; the API's pool keeps its connections, so these are few
        log_disconnections: "1",
      },
    });
  }
}
