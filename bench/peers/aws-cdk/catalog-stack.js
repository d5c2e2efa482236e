const { CfnOutput, Duration, RemovalPolicy, Stack } = require("aws-cdk-lib/core");
const ec2 = require("aws-cdk-lib/aws-ec2");
const logs = require("aws-cdk-lib/aws-logs");
const s3 = require("aws-cdk-lib/aws-s3");
const secretsmanager = require("aws-cdk-lib/aws-secretsmanager");
const { makeDatabase } = require("./database.js");
const { Edge } = require("./edge.js");
const { makeNetwork } = require("./network.js");
const { Observability } = require("./observability.js");
const { makeApi } = require("./service.js");

const DESTROY = RemovalPolicy.DESTROY;
const DAYS_30 = logs.RetentionDays.ONE_MONTH;

/** lib/tap-stack.ts with its default settings, in aws-cdk-lib. */
class CatalogStack extends Stack {
  constructor(scope, id, { environmentSuffix, ...props }) {
    super(scope, id, props);
    this.name = (kind) => `${kind}-${environmentSuffix}`;
    const { vpc, flowLog } = makeNetwork(this);
    const database = makeDatabase(this, vpc);
    const api = makeApi(this, vpc, database);
    const edge = new Edge(this, "Edge", { ...api, name: this.name });
    this.logBucket(api.balancer);
    const { dashboard } = new Observability(this, "Observability", {
      ...api,
      database,
      distribution: edge.distribution,
      edgeLog: edge.logGroup,
      flowLog,
      natGateways: vpc.publicSubnets.map((subnet) => subnet.node.findChild("NATGateway").ref),
      name: this.name,
    });
    this.outputs({
      CloudfrontUrl: `https://${edge.distribution.distributionDomainName}`,
      AlbDnsName: api.balancer.loadBalancerDnsName,
      DistributionId: edge.distribution.distributionId,
      ClusterName: api.cluster.clusterName,
      ServiceName: api.service.serviceName,
      ApiLogGroup: api.logGroup.logGroupName,
      DashboardName: dashboard.dashboardName,
      DatabaseEndpoint: database.cluster.clusterEndpoint.hostname,
      DatabaseReaderEndpoint: database.cluster.clusterReadEndpoint.hostname,
      DatabaseSecretArn: database.ownerPassword.secretArn,
      DatabaseApiSecretArn: database.apiPassword.secretArn,
      ApiKeysSecretArn: api.apiKeys.secretArn,
      OriginTokenSecretArn: api.originToken.secretArn,
    });
  }

  logBucket(balancer) {
    const bucket = new s3.Bucket(this, "Logs", {
      bucketName: this.name(`bucket-logs-${this.account}`),
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      removalPolicy: DESTROY,
      autoDeleteObjects: true,
      lifecycleRules: [
        { expiration: Duration.days(30), abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
    });
    balancer.logAccessLogs(bucket, "alb");
    return bucket;
  }

  logGroup(id, logGroupName) {
    return new logs.LogGroup(this, id, { logGroupName, retention: DAYS_30, removalPolicy: DESTROY });
  }

  secret(id, kind, passwordLength, description) {
    return new secretsmanager.Secret(this, id, {
      secretName: `${this.name(kind)}-v1`,
      description,
      generateSecretString: { passwordLength, excludePunctuation: true },
      removalPolicy: DESTROY,
    });
  }

  securityGroup(id, vpc, purpose, description) {
    return new ec2.SecurityGroup(this, id, {
      securityGroupName: this.name(`security-group-${purpose}`),
      vpc,
      description,
      allowAllOutbound: false,
    });
  }

  outputs(values) {
    for (const [id, value] of Object.entries(values)) new CfnOutput(this, id, { value });
  }
}

module.exports = { CatalogStack };
