import type { TerraformResource } from "cdktn";
import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { Metric, type MetricOptions } from "../cloudwatch/index.ts";
import { Duration, dependsOn, type IDependable, kindOf, Stack, ValidationError } from "../core/index.ts";
import { type Connections, type IConnectable, Port, SecurityGroup, type Vpc } from "../ec2/index.ts";
import { LogGroup } from "../logs/index.ts";
import type { Credentials } from "./credentials.ts";
import type { IClusterEngine } from "./engine.ts";
import { checkInstanceClass } from "./instance-class.ts";

export interface ClusterInstanceProps {
  /** For example `db.r6g.large`; db.t3.medium or larger. */
  readonly instanceClass: string;
}

export interface DatabaseClusterProps {
  readonly engine: IClusterEngine;
  readonly credentials: Credentials;
  readonly writer: ClusterInstanceProps;
  /**
   * Each takes over when the writer fails. They stand in the zones after the writer's.
   * @default - none
   */
  readonly readers?: ClusterInstanceProps[];
  readonly vpc: Vpc;
  readonly defaultDatabaseName: string;
  /**
   * Cluster snapshot whose data a new cluster begins with, by name or ARN; the credentials are the cluster's own all the same.
   * A cluster that stands takes no notice of it.
   * @default - an empty database
   */
  readonly snapshotIdentifier?: string | undefined;
  /**
   * How long automatic backups are kept, 1–35 days.
   * @default Duration.days(7)
   */
  readonly backupRetention?: Duration;
  /**
   * Parameters of the cluster, beside `rds.force_ssl`.
   * @default - the engine's
   */
  readonly parameters?: Record<string, string>;
}

/**
 * An Aurora cluster in private subnets: encrypted, TLS only, its log exported to CloudWatch. It admits nobody until a
 * connection is allowed.
 *
 * The instances are created at the same time (one after the other would not fit into 15 minutes), so Aurora may make
 * any of them the writer; the endpoints follow the role.
 */
export class DatabaseCluster extends Construct implements IConnectable, IDependable {
  readonly connections: Connections;
  readonly clusterIdentifier: string;
  readonly clusterArn: string;
  /** Host name of whichever instance is the writer. */
  readonly clusterEndpoint: string;
  /** Host name that spreads connections over the readers. */
  readonly clusterReadEndpoint: string;
  readonly port: string;
  readonly defaultDatabaseName: string;
  readonly credentials: Credentials;
  readonly logGroup: LogGroup;
  readonly #writer: TerraformResource;

  /** @throws ValidationError for a backup retention outside 1–35 days; UserError for an instance class that is too small. */
  constructor(scope: Construct, id: string, props: DatabaseClusterProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const backupRetention = (props.backupRetention ?? Duration.days(7)).toDays();
    if (backupRetention < 1 || backupRetention > 35) {
      throw new ValidationError(
        this,
        `backupRetention of ${backupRetention} days is not possible: use 1 to 35.`,
      );
    }
    this.credentials = props.credentials;
    this.defaultDatabaseName = props.defaultDatabaseName;
    const securityGroup = new SecurityGroup(this, "SecurityGroup", {
      vpc: props.vpc,
      purpose: kindOf(id),
      description: "Aurora cluster",
      defaultPort: Port.tcp(props.engine.defaultPort),
    });
    this.connections = securityGroup.connections;

    const identifier = stack.names.for(kindOf(id), 63);
    // Aurora writes its group anew after Terraform has deleted it, unless the cluster goes first
    // (hashicorp/terraform-provider-aws#42858).
    const logGroup = new LogGroup(this, "LogGroup", {
      logGroupName: `/aws/rds/cluster/${identifier}/postgresql`,
    });
    this.logGroup = logGroup;
    const cluster = new aws.RdsCluster(this, "Resource", {
      clusterIdentifier: identifier,
      engine: props.engine.engineType,
      engineVersion: props.engine.bindToCluster(this),
      allowMajorVersionUpgrade: props.engine.upgrades ? true : undefined,
      snapshotIdentifier: props.snapshotIdentifier,
      lifecycle: {
        ignoreChanges: [
          // Regions come to offer other versions: a deployment of an image must not upgrade, and so restart, the database.
          ...(props.engine.upgrades ? [] : ["engine_version"]),
          // Its change would replace the cluster, and with it the data that have come since.
          "snapshot_identifier",
          // Can only be chosen when the cluster is made: an older environment would be replaced for it.
          "engine_lifecycle_support",
        ],
      },
      // Past its version's end of support AWS upgrades the cluster, and does not charge for extended support unasked.
      engineLifecycleSupport: "open-source-rds-extended-support-disabled",
      databaseName: props.defaultDatabaseName,
      masterUsername: props.credentials.username,
      masterPasswordWo: props.credentials.secret.ephemeralValue,
      masterPasswordWoVersion: props.credentials.secret.version,
      port: props.engine.defaultPort,
      dbSubnetGroupName: this.#subnetGroup(props.vpc),
      dbClusterParameterGroupName: this.#parameterGroup(props),
      vpcSecurityGroupIds: [securityGroup.securityGroupId],
      storageEncrypted: true,
      backupRetentionPeriod: backupRetention,
      preferredBackupWindow: "02:00-03:00",
      preferredMaintenanceWindow: "tue:03:30-tue:04:30",
      copyTagsToSnapshot: true,
      enabledCloudwatchLogsExports: ["postgresql"],
      // A change that waits for the maintenance window would show up as a surprise a week later.
      applyImmediately: true,
      deletionProtection: !stack.destroyable,
      deleteAutomatedBackups: stack.destroyable,
      skipFinalSnapshot: stack.destroyable,
      finalSnapshotIdentifier: stack.destroyable ? undefined : stack.names.for(`${kindOf(id)}-final`, 255),
      tags: { Name: identifier },
    });
    dependsOn(cluster, [logGroup]);
    this.clusterIdentifier = cluster.clusterIdentifier;
    this.clusterArn = cluster.arn;
    this.clusterEndpoint = cluster.endpoint;
    this.clusterReadEndpoint = cluster.readerEndpoint;
    this.port = String(props.engine.defaultPort);

    this.#writer = this.#instance("Writer", 0, cluster, props.vpc, props.writer);
    props.readers?.forEach((reader, index) => {
      this.#instance(`Reader${index + 1}`, index + 1, cluster, props.vpc, reader);
    });
  }

  #subnetGroup(vpc: Vpc): string {
    const name = Stack.of(this).names.for(kindOf(this.node.id, "subnet-group"));
    return new aws.DbSubnetGroup(this, "SubnetGroup", {
      name,
      description: "Private subnets of the Aurora cluster",
      subnetIds: vpc.privateSubnets.map((subnet) => subnet.subnetId),
      tags: { Name: name },
    }).name;
  }

  #parameterGroup({ engine, parameters }: DatabaseClusterProps): string {
    // A major version has a group of its own, beside the one before until the cluster has moved. That of version 16 keeps
    // the name without a version that it had from the start: a cluster that changes groups awaits a restart. No hyphen before
    // the version: environment `17-prod` would have the name that `prod` needs for its upgrade.
    const major = engine.parameterGroupFamily.replace(/\D+/, "");
    const name = Stack.of(this).names.for(
      `${kindOf(this.node.id, "parameter-group")}${major === "16" ? "" : major}`,
    );
    return new aws.RdsClusterParameterGroup(this, "ParameterGroup", {
      name,
      family: engine.parameterGroupFamily,
      description: "TLS only",
      // 0 by default on Aurora, unlike on RDS for PostgreSQL.
      parameter: Object.entries({ "rds.force_ssl": "1", ...parameters }).map(([key, value]) => ({
        name: key,
        value,
      })),
      lifecycle: { createBeforeDestroy: true },
      tags: { Name: name },
    }).name;
  }

  #instance(
    role: string,
    index: number,
    cluster: aws.RdsCluster,
    vpc: Vpc,
    props: ClusterInstanceProps,
  ): TerraformResource {
    checkInstanceClass(props.instanceClass);
    const identifier = Stack.of(this).names.for(kindOf(role, kindOf(this.node.id)), 63);
    return new aws.RdsClusterInstance(this, role, {
      identifier,
      clusterIdentifier: cluster.id,
      engine: cluster.engine,
      // No engine_version: it is the cluster's, and a plan that changes both would be of a version that the apply leaves behind.
      instanceClass: props.instanceClass,
      // Here and not on the cluster, where the argument forces a replacement (hashicorp/terraform-provider-aws#29149).
      availabilityZone: vpc.privateSubnets[index % vpc.privateSubnets.length]!.availabilityZone,
      promotionTier: index,
      publiclyAccessible: false,
      copyTagsToSnapshot: true,
      applyImmediately: true,
      // The stack decides on versions: an upgrade by AWS would make the next plan a downgrade, which AWS refuses.
      autoMinorVersionUpgrade: false,
      tags: { Name: identifier },
    });
  }

  /** A client that starts before an instance is there fails: it must wait for this. */
  get dependables(): readonly TerraformResource[] {
    return [this.#writer];
  }

  /** Per cent of the writer's or a reader's CPU. */
  metricCpuUtilization(role: "WRITER" | "READER", options?: MetricOptions): Metric {
    return this.#metric("CPUUtilization", role, options);
  }

  metricDatabaseConnections(role: "WRITER" | "READER", options?: MetricOptions): Metric {
    return this.#metric("DatabaseConnections", role, options);
  }

  /** Bytes. */
  metricFreeableMemory(role: "WRITER" | "READER", options?: MetricOptions): Metric {
    return this.#metric("FreeableMemory", role, options);
  }

  /** Credits left of a burstable (t3, t4g) instance. RDS runs them in unlimited mode: at 0 what it bursts is charged. */
  metricCpuCreditBalance(role: "WRITER" | "READER", options?: MetricOptions): Metric {
    return this.#metric("CPUCreditBalance", role, options);
  }

  /** Bytes left on the local disk of an instance, where sorts and temporary tables go. */
  metricFreeLocalStorage(role: "WRITER" | "READER", options?: MetricOptions): Metric {
    return this.#metric("FreeLocalStorage", role, options);
  }

  /** Milliseconds that the slowest reader is behind the writer. */
  metricReplicaLag(options?: MetricOptions): Metric {
    return new Metric({
      namespace: "AWS/RDS",
      metricName: "AuroraReplicaLagMaximum",
      statistic: "Maximum",
      dimensions: { DBClusterIdentifier: this.clusterIdentifier },
      ...options,
    });
  }

  /** Reads and writes of the storage: what Aurora's standard storage is charged by. */
  metricVolumeIops(kind: "Read" | "Write", options?: MetricOptions): Metric {
    return new Metric({
      namespace: "AWS/RDS",
      metricName: `Volume${kind}IOPs`,
      statistic: "Average",
      dimensions: { DBClusterIdentifier: this.clusterIdentifier },
      ...options,
    });
  }

  #metric(metricName: string, role: string, options?: MetricOptions): Metric {
    return new Metric({
      namespace: "AWS/RDS",
      metricName,
      statistic: "Average",
      dimensions: { DBClusterIdentifier: this.clusterIdentifier, Role: role },
      ...options,
    });
  }
}
