const { CfnOutput, Duration, RemovalPolicy, SecretValue, Size, Stack } = require("aws-cdk-lib/core");
const ec2 = require("aws-cdk-lib/aws-ec2");
const ecs = require("aws-cdk-lib/aws-ecs");
const elbv2 = require("aws-cdk-lib/aws-elasticloadbalancingv2");
const logs = require("aws-cdk-lib/aws-logs");
const rds = require("aws-cdk-lib/aws-rds");
const s3 = require("aws-cdk-lib/aws-s3");
const secretsmanager = require("aws-cdk-lib/aws-secretsmanager");
const { Edge } = require("./edge.js");
const { Observability } = require("./observability.js");

const DESTROY = RemovalPolicy.DESTROY;
const DAYS_30 = logs.RetentionDays.ONE_MONTH;

/** lib/tap-stack.ts with its default settings, in aws-cdk-lib. */
class CatalogStack extends Stack {
  constructor(scope, id, { environmentSuffix, ...props }) {
    super(scope, id, props);
    this.name = (kind) => `${kind}-${environmentSuffix}`;
    const { vpc, flowLog } = this.network();
    const database = this.database(vpc);
    const api = this.api(vpc, database);
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

  network() {
    const vpc = new ec2.Vpc(this, "Vpc", {
      vpcName: this.name("vpc"),
      ipAddresses: ec2.IpAddresses.cidr("10.0.0.0/16"),
      availabilityZones: ["eu-north-1a", "eu-north-1b"],
      natGateways: 2,
      restrictDefaultSecurityGroup: true,
      subnetConfiguration: [
        { name: "Public", subnetType: ec2.SubnetType.PUBLIC, cidrMask: 20, mapPublicIpOnLaunch: false },
        { name: "Private", subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 },
      ],
      gatewayEndpoints: {
        S3: {
          service: ec2.GatewayVpcEndpointAwsService.S3,
          subnets: [{ subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS }],
        },
      },
    });
    const logGroup = this.logGroup("FlowLogs", `/aws/vpc/${this.name("flow-logs")}`);
    vpc.addFlowLog("FlowLog", { destination: ec2.FlowLogDestination.toCloudWatchLogs(logGroup) });
    return { vpc, flowLog: logGroup };
  }

  database(vpc) {
    const ownerPassword = this.secret(
      "Password",
      "db-password",
      40,
      "Password of the database's owner, as whom migrations are applied",
    );
    const apiPassword = this.secret(
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
    const clusterIdentifier = this.name("aurora");
    const engine = rds.DatabaseClusterEngine.auroraPostgres({
      version: rds.AuroraPostgresEngineVersion.of("16.8", "16"),
    });
    const cluster = new rds.DatabaseCluster(this, "Aurora", {
      clusterIdentifier,
      engine,
      credentials: rds.Credentials.fromPassword(
        "catalog",
        SecretValue.secretsManager(ownerPassword.secretArn),
      ),
      defaultDatabaseName: "catalog",
      writer: rds.ClusterInstance.provisioned("Writer", {
        instanceIdentifier: this.name("aurora-writer"),
        ...instance(0),
      }),
      readers: [
        rds.ClusterInstance.provisioned("Reader1", {
          instanceIdentifier: this.name("aurora-reader-1"),
          promotionTier: 1,
          ...instance(1),
        }),
      ],
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      securityGroups: [this.securityGroup("AuroraSecurityGroup", vpc, "aurora", "Aurora cluster")],
      subnetGroup: new rds.SubnetGroup(this, "SubnetGroup", {
        vpc,
        description: "Private subnets of the Aurora cluster",
        subnetGroupName: this.name("subnet-group-aurora"),
        vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
        removalPolicy: DESTROY,
      }),
      parameterGroup: new rds.ParameterGroup(this, "ParameterGroup", {
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
    const log = this.logGroup("AuroraLogs", `/aws/rds/cluster/${clusterIdentifier}/postgresql`);
    cluster.node.addDependency(log);
    return { cluster, log, ownerPassword, apiPassword };
  }

  api(vpc, database) {
    const apiKeys = this.secret(
      "ApiKeys",
      "api-keys",
      64,
      "Keys that may write to the catalogue, separated by commas",
    );
    const originToken = this.secret(
      "OriginToken",
      "origin-token",
      40,
      "What CloudFront tells the load balancer, so that nobody else gets through",
    );
    const balancer = new elbv2.ApplicationLoadBalancer(this, "Alb", {
      loadBalancerName: this.name("alb"),
      vpc,
      internetFacing: true,
      securityGroup: this.securityGroup("AlbSecurityGroup", vpc, "alb", "Application load balancer"),
      idleTimeout: Duration.seconds(60),
      dropInvalidHeaderFields: true,
      desyncMitigationMode: elbv2.DesyncMitigationMode.DEFENSIVE,
      http2Enabled: true,
      deletionProtection: false,
    });
    // Made beforehand, so that HTTPS can be switched on without a new load balancer.
    balancer.addSecurityGroup(
      this.securityGroup(
        "AlbHttpsSecurityGroup",
        vpc,
        "https-alb",
        "Who may connect to the application load balancer by HTTPS",
      ),
    );
    const listener = balancer.addListener("Listener", {
      port: 80,
      open: false,
      defaultAction: elbv2.ListenerAction.fixedResponse(403, {
        contentType: "text/plain",
        messageBody: "Forbidden",
      }),
    });

    const logGroup = this.logGroup("ApiLogs", `/aws/ecs/${this.name("api")}`);
    const { cluster, insightsLog } = this.cluster(vpc);
    const taskDefinition = this.task(database, apiKeys, logGroup);
    const service = new ecs.FargateService(this, "ApiService", {
      serviceName: this.name("service-api"),
      cluster,
      taskDefinition,
      desiredCount: 2,
      capacityProviderStrategies: [{ capacityProvider: "FARGATE_SPOT", weight: 1 }],
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      securityGroups: [this.securityGroup("ApiSecurityGroup", vpc, "api", "Fargate tasks")],
      assignPublicIp: false,
      healthCheckGracePeriod: Duration.seconds(120),
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
      availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.ENABLED,
      enableECSManagedTags: true,
      propagateTags: ecs.PropagatedTagSource.SERVICE,
    });
    service.node.addDependency(database.cluster);
    const targets = listener.addTargets("Api", {
      targetGroupName: this.name("tg-api-3000"),
      priority: 1,
      conditions: [
        elbv2.ListenerCondition.httpHeader("x-origin-verify", [originToken.secretValue.unsafeUnwrap()]),
      ],
      port: 3000,
      protocol: elbv2.ApplicationProtocol.HTTP,
      targets: [service],
      deregistrationDelay: Duration.seconds(30),
      loadBalancingAlgorithmType: elbv2.TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
      healthCheck: {
        path: "/health",
        interval: Duration.seconds(30),
        timeout: Duration.seconds(5),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 2,
        healthyHttpCodes: "200",
      },
    });
    database.cluster.connections.allowDefaultPortFrom(service, "API to Aurora");
    service.connections.allowToAnyIpv4(ec2.Port.tcp(443), "API to registry, Secrets Manager and CloudWatch");
    service.autoScaleTaskCount({ minCapacity: 2, maxCapacity: 10 }).scaleOnCpuUtilization("Cpu", {
      policyName: this.name("scaling-policy-cpu"),
      targetUtilizationPercent: 60,
      scaleOutCooldown: Duration.seconds(60),
      scaleInCooldown: Duration.seconds(300),
    });
    return { apiKeys, originToken, balancer, listener, logGroup, cluster, insightsLog, service, targets };
  }

  cluster(vpc) {
    const clusterName = this.name("cluster");
    const cluster = new ecs.Cluster(this, "Cluster", {
      clusterName,
      vpc,
      enableFargateCapacityProviders: true,
      containerInsightsV2: ecs.ContainerInsights.ENABLED,
    });
    const insightsLog = this.logGroup(
      "ContainerInsights",
      `/aws/ecs/containerinsights/${clusterName}/performance`,
    );
    cluster.node.addDependency(insightsLog);
    return { cluster, insightsLog };
  }

  task(database, apiKeys, logGroup) {
    const task = new ecs.FargateTaskDefinition(this, "ApiTask", {
      family: this.name("task-api"),
      cpu: 1024,
      memoryLimitMiB: 2048,
      runtimePlatform: {
        cpuArchitecture: ecs.CpuArchitecture.X86_64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
    });
    const { cluster, ownerPassword, apiPassword } = database;
    const shared = {
      image: ecs.ContainerImage.fromRegistry("catalog-api.invalid/placeholder:latest"),
      user: "10001:10001",
      readonlyRootFilesystem: true,
      stopTimeout: Duration.seconds(120),
    };
    const logging = (streamPrefix) =>
      ecs.LogDrivers.awsLogs({
        logGroup,
        streamPrefix,
        mode: ecs.AwsLogDriverMode.NON_BLOCKING,
        maxBufferSize: Size.mebibytes(25),
      });
    const withoutCapabilities = (id) => {
      const linuxParameters = new ecs.LinuxParameters(this, id);
      linuxParameters.dropCapabilities(ecs.Capability.ALL);
      return linuxParameters;
    };
    const environment = {
      NODE_ENV: "production",
      SERVICE_NAME: this.name("catalog-api"),
      DB_HOST: cluster.clusterEndpoint.hostname,
      DB_READER_HOST: cluster.clusterReadEndpoint.hostname,
      DB_PORT: "5432",
      DB_NAME: "catalog",
      DB_SSL: "verify",
    };
    const api = task.addContainer("api", {
      ...shared,
      portMappings: [{ containerPort: 3000 }],
      linuxParameters: withoutCapabilities("ApiLinux"),
      logging: logging("api"),
      environment: {
        ...environment,
        PORT: "3000",
        LOG_LEVEL: "info",
        DB_USER: "catalog_api_v1",
        DB_SCHEMA: "wait",
        TRUST_PROXY: "10.0.0.0/20,10.0.16.0/20",
      },
      secrets: {
        DB_PASSWORD: ecs.Secret.fromSecretsManager(apiPassword),
        API_KEYS: ecs.Secret.fromSecretsManager(apiKeys),
      },
    });
    const migrate = task.addContainer("migrate", {
      ...shared,
      command: ["node", "src/setup/main.ts"],
      essential: false,
      linuxParameters: withoutCapabilities("MigrateLinux"),
      logging: logging("migrate"),
      environment: { ...environment, DB_USER: "catalog", API_DB_USER: "catalog_api_v1" },
      secrets: {
        DB_PASSWORD: ecs.Secret.fromSecretsManager(ownerPassword),
        API_DB_PASSWORD: ecs.Secret.fromSecretsManager(apiPassword),
      },
    });
    api.addContainerDependencies({
      container: migrate,
      condition: ecs.ContainerDependencyCondition.SUCCESS,
    });
    return task;
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
