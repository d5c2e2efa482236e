const { Duration } = require("aws-cdk-lib/core");
const cloudwatch = require("aws-cdk-lib/aws-cloudwatch");
const { HttpCodeElb, HttpCodeTarget } = require("aws-cdk-lib/aws-elasticloadbalancingv2");

const MINUTE = Duration.minutes(1);

/** A metric for each thing that is watched, over a minute unless it is asked for otherwise. */
function metricsOf({
  balancer,
  cluster,
  database,
  distribution,
  name,
  natGateways,
  rules,
  service,
  targets,
}) {
  const metric = (namespace, metricName, dimensionsMap, defaults) => (options) =>
    new cloudwatch.Metric({ namespace, metricName, dimensionsMap, period: MINUTE, ...defaults, ...options });
  const edge = (metricName, statistic) =>
    metric(
      "AWS/CloudFront",
      metricName,
      { DistributionId: distribution.distributionId, Region: "Global" },
      { statistic },
    );
  const insights = (metricName, statistic) =>
    metric(
      "ECS/ContainerInsights",
      metricName,
      { ClusterName: cluster.clusterName, ServiceName: service.serviceName },
      { statistic },
    );
  const ofRole =
    (metricName, statistic = "Average") =>
    (role, options) =>
      metric(
        "AWS/RDS",
        metricName,
        { DBClusterIdentifier: database.clusterIdentifier, Role: role },
        { statistic },
      )(options);
  const ofCluster = (metricName, statistic) =>
    metric("AWS/RDS", metricName, { DBClusterIdentifier: database.clusterIdentifier }, { statistic });
  const ofGateways = (metricName) => (options) =>
    natGateways.map((NatGatewayId) =>
      metric("AWS/NATGateway", metricName, { NatGatewayId }, { statistic: "Sum", ...options })(),
    );
  const sum = (make) => (options) => make({ statistic: "Sum", period: MINUTE, ...options });
  const api = (metricName, statistic = "Sum") =>
    metric("CatalogApi", metricName, { Service: name("catalog-api") }, { statistic });
  return {
    edgeRequests: edge("Requests", "Sum"),
    edge5xx: edge("5xxErrorRate", "Average"),
    edge4xx: edge("4xxErrorRate", "Average"),
    balancerRequests: sum((options) => balancer.metrics.requestCount(options)),
    balancer5xx: sum((options) => balancer.metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, options)),
    fixedResponses: sum((options) => balancer.metrics.httpFixedResponseCount(options)),
    consumedLcus: sum((options) => balancer.metrics.consumedLCUs(options)),
    targetRequests: sum((options) => targets.metrics.requestCount(options)),
    target5xx: sum((options) => targets.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, options)),
    responseTime: (options) =>
      targets.metrics.targetResponseTime({ statistic: "p99", period: MINUTE, ...options }),
    healthy: (options) =>
      targets.metrics.healthyHostCount({ statistic: "Minimum", period: MINUTE, ...options }),
    unhealthy: (options) =>
      targets.metrics.unhealthyHostCount({ statistic: "Maximum", period: MINUTE, ...options }),
    running: insights("RunningTaskCount", "Minimum"),
    desired: insights("DesiredTaskCount", "Maximum"),
    cpu: (options) => service.metricCpuUtilization({ period: MINUTE, ...options }),
    memory: (options) => service.metricMemoryUtilization({ period: MINUTE, ...options }),
    apiRequests: api("Requests"),
    cacheStale: api("CacheStale"),
    cacheHits: api("CacheHits"),
    cacheMisses: api("CacheMisses"),
    writes: api("Writes"),
    writesFailed: api("WritesFailed"),
    writesRefused: api("WritesRefused"),
    databaseSilent: api("DatabaseSilent", "Maximum"),
    notificationsDown: api("NotificationsDown", "Maximum"),
    matched: (id, options) =>
      metric("AWS/Events", "MatchedEvents", { RuleName: rules[id].ruleName }, { statistic: "Sum" })(options),
    databaseCpu: ofRole("CPUUtilization"),
    databaseMemory: ofRole("FreeableMemory"),
    databaseDisk: ofRole("FreeLocalStorage"),
    databaseCredits: ofRole("CPUCreditBalance"),
    connections: ofRole("DatabaseConnections"),
    replicaLag: ofCluster("AuroraReplicaLagMaximum", "Maximum"),
    volumeReads: ofCluster("VolumeReadIOPs", "Sum"),
    volumeWrites: ofCluster("VolumeWriteIOPs", "Sum"),
    natPorts: ofGateways("ErrorPortAllocation"),
    natBytes: ofGateways("BytesOutToDestination"),
    logEvents: (group, options) =>
      metric(
        "AWS/Logs",
        "IncomingLogEvents",
        { LogGroupName: group.logGroupName },
        { statistic: "Sum" },
      )(options),
    logBytes: (group, options) =>
      metric(
        "AWS/Logs",
        "IncomingBytes",
        { LogGroupName: group.logGroupName },
        { statistic: "Sum" },
      )(options),
  };
}

module.exports = { metricsOf };
