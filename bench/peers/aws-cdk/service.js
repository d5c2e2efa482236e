const { Duration } = require("aws-cdk-lib/core");
const ec2 = require("aws-cdk-lib/aws-ec2");
const ecs = require("aws-cdk-lib/aws-ecs");
const elbv2 = require("aws-cdk-lib/aws-elasticloadbalancingv2");
const { makeTask } = require("./task.js");

/** lib/catalog/service.ts, in aws-cdk-lib. */
function makeApi(stack, vpc, database) {
  const apiKeys = stack.secret(
    "ApiKeys",
    "api-keys",
    64,
    "Keys that may write to the catalogue, separated by commas",
  );
  const originToken = stack.secret(
    "OriginToken",
    "origin-token",
    40,
    "What CloudFront tells the load balancer, so that nobody else gets through",
  );
  const balancer = new elbv2.ApplicationLoadBalancer(stack, "Alb", {
    loadBalancerName: stack.name("alb"),
    vpc,
    internetFacing: true,
    securityGroup: stack.securityGroup("AlbSecurityGroup", vpc, "alb", "Application load balancer"),
    idleTimeout: Duration.seconds(60),
    dropInvalidHeaderFields: true,
    desyncMitigationMode: elbv2.DesyncMitigationMode.DEFENSIVE,
    http2Enabled: true,
    deletionProtection: false,
  });
  // Made beforehand, so that HTTPS can be switched on without a new load balancer.
  balancer.addSecurityGroup(
    stack.securityGroup(
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

  const logGroup = stack.logGroup("ApiLogs", `/aws/ecs/${stack.name("api")}`);
  const { cluster, insightsLog } = makeCluster(stack, vpc);
  const taskDefinition = makeTask(stack, database, apiKeys, logGroup);
  const service = new ecs.FargateService(stack, "ApiService", {
    serviceName: stack.name("service-api"),
    cluster,
    taskDefinition,
    desiredCount: 2,
    capacityProviderStrategies: [{ capacityProvider: "FARGATE_SPOT", weight: 1 }],
    vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
    securityGroups: [stack.securityGroup("ApiSecurityGroup", vpc, "api", "Fargate tasks")],
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
    targetGroupName: stack.name("tg-api-3000"),
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
    policyName: stack.name("scaling-policy-cpu"),
    targetUtilizationPercent: 60,
    scaleOutCooldown: Duration.seconds(60),
    scaleInCooldown: Duration.seconds(300),
  });
  return { apiKeys, originToken, balancer, listener, logGroup, cluster, insightsLog, service, targets };
}

function makeCluster(stack, vpc) {
  const clusterName = stack.name("cluster");
  const cluster = new ecs.Cluster(stack, "Cluster", {
    clusterName,
    vpc,
    enableFargateCapacityProviders: true,
    containerInsightsV2: ecs.ContainerInsights.ENABLED,
  });
  const insightsLog = stack.logGroup(
    "ContainerInsights",
    `/aws/ecs/containerinsights/${clusterName}/performance`,
  );
  cluster.node.addDependency(insightsLog);
  return { cluster, insightsLog };
}

module.exports = { makeApi };
