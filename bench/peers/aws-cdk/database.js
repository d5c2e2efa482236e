const { Duration, RemovalPolicy, SecretValue } = require("aws-cdk-lib/core");
const ec2 = require("aws-cdk-lib/aws-ec2");
const rds = require("aws-cdk-lib/aws-rds");

const DESTROY = RemovalPolicy.DESTROY;

/** lib/catalog/database.ts, in aws-cdk-lib. */
function makeDatabase(stack, vpc) {
  const ownerPassword = stack.secret(
    "Password",
    "db-password",
    40,
    "Password of the database's owner, as whom migrations are applied",
  );
  const apiPassword = stack.secret(
    "ApiPassword",
    "db-api-password",
    40,
    "Password of the API's login at the database",
  );
  const instanceType = ec2.InstanceType.of(ec2.InstanceClass.T3, ec2.InstanceSize.MEDIUM);
  const instance = (zone) => ({
    instanceType,
    availabilityZone: vpc.availabilityZones[zone],
    publiclyAccessible: false,
    autoMinorVersionUpgrade: false,
  });
  const clusterIdentifier = stack.name("aurora");
  const engine = rds.DatabaseClusterEngine.auroraPostgres({
    version: rds.AuroraPostgresEngineVersion.of("16.8", "16"),
  });
  const cluster = new rds.DatabaseCluster(stack, "Aurora", {
    clusterIdentifier,
    engine,
    credentials: rds.Credentials.fromPassword("catalog", SecretValue.secretsManager(ownerPassword.secretArn)),
    defaultDatabaseName: "catalog",
    writer: rds.ClusterInstance.provisioned("Writer", {
      instanceIdentifier: stack.name("aurora-writer"),
      ...instance(0),
    }),
    readers: [
      rds.ClusterInstance.provisioned("Reader1", {
        instanceIdentifier: stack.name("aurora-reader-1"),
        promotionTier: 1,
        ...instance(1),
      }),
    ],
    vpc,
    vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
    securityGroups: [stack.securityGroup("AuroraSecurityGroup", vpc, "aurora", "Aurora cluster")],
    subnetGroup: new rds.SubnetGroup(stack, "SubnetGroup", {
      vpc,
      description: "Private subnets of the Aurora cluster",
      subnetGroupName: stack.name("subnet-group-aurora"),
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      removalPolicy: DESTROY,
    }),
    parameterGroup: new rds.ParameterGroup(stack, "ParameterGroup", {
      engine,
      description: "TLS only",
      parameters: {
        "rds.force_ssl": "1",
        log_min_duration_statement: "1000",
        log_statement: "ddl",
        log_connections: "1",
        log_disconnections: "1",
      },
    }),
    storageEncrypted: true,
    backup: { retention: Duration.days(7), preferredWindow: "02:00-03:00" },
    preferredMaintenanceWindow: "tue:03:30-tue:04:30",
    copyTagsToSnapshot: true,
    cloudwatchLogsExports: ["postgresql"],
    removalPolicy: DESTROY,
    deletionProtection: false,
  });
  const log = stack.logGroup("AuroraLogs", `/aws/rds/cluster/${clusterIdentifier}/postgresql`);
  cluster.node.addDependency(log);
  return { cluster, log, ownerPassword, apiPassword };
}

module.exports = { makeDatabase };
