import type { Construct } from "constructs";
import { Dashboard, type Metric } from "../../aws/cloudwatch/index.ts";
import type { Alarms, WatchedParts } from "./parts.ts";

const ROLES = [
  ["writer", "WRITER"],
  ["reader", "READER"],
] as const;

/** From top to bottom as a request runs: the customer, the edge, the load balancer, the tasks, the database. */
export function requestDashboard(scope: Construct, parts: WatchedParts, alarms: Alarms): Dashboard {
  const { api, database, edge, network, settings } = parts;
  const { distribution } = edge;
  const { balancer, service, targets } = api;
  const { cluster } = database;
  const byRole = (metric: (role: "WRITER" | "READER", options: { label: string }) => Metric) =>
    ROLES.map(([label, role]) => metric.call(cluster, role, { label }));
  const answers = (statistic: string) => targets.metricTargetResponseTime({ statistic, label: statistic });
  return new Dashboard(scope, "Dashboard", {
    sections: [
      {
        heading: "Customers",
        text: `Promised: ${settings.availabilityObjectivePercent} % of requests without 5xx, ${settings.latencyObjectivePercent} % of answers within ${settings.latencyObjectiveMs} ms.`,
        alarms: alarms.customers,
        rows: [
          [
            {
              title: "Errors at the edge, %",
              left: [
                distribution.metric5xxErrorRate({ label: "5xx" }),
                distribution.metric4xxErrorRate({ label: "4xx" }),
              ],
            },
            { title: "Answers of the API, s", left: ["p50", "p90", "p99"].map(answers) },
          ],
        ],
      },
      {
        heading: "Edge",
        text: "The distance between the two lines is what the edge answers from its cache.",
        alarms: alarms.edge,
        rows: [
          [
            {
              title: "Requests: edge, and what reaches the load balancer",
              left: [
                distribution.metricRequests({ label: "edge" }),
                balancer.metricRequestCount({ label: "load balancer" }),
              ],
            },
          ],
        ],
      },
      {
        heading: "Load balancer",
        text: "Its own 5xx: no task took the request. Its fixed answer: somebody goes past the edge.",
        alarms: alarms.balancer,
        rows: [
          [
            {
              title: "Errors by who made them",
              left: [
                balancer.metricHttpCodeElb5xx({ label: "5xx of the load balancer" }),
                targets.metricHttpCodeTarget5xx({ label: "5xx of the API" }),
                balancer.metricHttpFixedResponseCount({ label: "403 for want of a token" }),
              ],
            },
            {
              title: "Targets",
              left: [
                targets.metricHealthyHostCount({ label: "healthy" }),
                targets.metricUnhealthyHostCount({ label: "unhealthy" }),
              ],
            },
          ],
        ],
      },
      {
        heading: "Tasks",
        text: "CPU moves around the target while scaling works. Stale answers: the database is away, or too slow.",
        alarms: alarms.tasks,
        rows: [
          [
            {
              title: "CPU and memory of the tasks, %",
              left: [
                service.metricCpuUtilization({ label: "CPU" }),
                service.metricMemoryUtilization({ label: "memory" }),
              ],
              leftAnnotations: [{ label: "target", value: settings.cpuTargetPercent }],
            },
            {
              title: "Running tasks",
              left: [service.metricRunningTaskCount({ label: "running" })],
              leftAnnotations: [
                { label: "minimum", value: settings.minTasks },
                { label: "maximum", value: api.maxTasks },
              ],
            },
            {
              title: "Answers from the API's cache",
              left: [
                api.metricCacheHits({ label: "hits" }),
                api.metricCacheMisses({ label: "misses" }),
                api.metricCacheStale({ label: "stale" }),
              ],
            },
          ],
          [
            {
              title: "Writes",
              left: [
                api.metricWrites({ label: "all" }),
                api.metricWritesFailed({ label: "failed" }),
                api.metricWritesRefused({ label: "refused" }),
              ],
            },
          ],
        ],
      },
      {
        heading: "Database",
        text: "Reads go to the reader, writes to the writer. Credits at zero: db.t goes on, and AWS bills what is above the baseline.",
        alarms: alarms.database,
        rows: [
          [
            {
              title: "CPU, %, and burst credits",
              left: byRole(cluster.metricCpuUtilization),
              right: ROLES.map(([label, role]) =>
                cluster.metricCpuCreditBalance(role, { label: `${label}'s credits` }),
              ),
            },
            { title: "Connections", left: byRole(cluster.metricDatabaseConnections) },
            {
              title: "Free memory, bytes, and the reader's lag, ms",
              left: byRole(cluster.metricFreeableMemory),
              right: [cluster.metricReplicaLag({ label: "lag" })],
            },
          ],
        ],
      },
      {
        heading: "Around it",
        text: "What nobody looks at while it works.",
        alarms: alarms.infrastructure,
        rows: [
          [
            {
              title: "Connections without a port, by NAT gateway",
              left: network.vpc.metricNatErrorPortAllocation(),
            },
            {
              title: "Log events",
              left: [
                api.logGroup.metricIncomingLogEvents({ label: "API" }),
                network.flowLog.logGroup.metricIncomingLogEvents({ label: "network" }),
                edge.logGroup.metricIncomingLogEvents({ label: "edge" }),
              ],
            },
          ],
        ],
      },
    ],
  });
}

/** What creeps. Prices and fixed costs are in ARCHITECTURE.md; this is what moves the bill from one day to the next. */
export function costDashboard(
  scope: Construct,
  { api, database, edge, network, events }: WatchedParts,
): Dashboard {
  const { cluster } = database;
  const groups: [label: string, metric: Metric][] = [
    ["API", api.logGroup.metricIncomingBytes()],
    ["network", network.flowLog.logGroup.metricIncomingBytes()],
    ["database", cluster.logGroup.metricIncomingBytes()],
    ["Container Insights", api.cluster.insightsLogGroup.metricIncomingBytes()],
    ["events", events.logGroup.metricIncomingBytes()],
    ["edge", edge.logGroup.metricIncomingBytes()],
  ];
  return new Dashboard(scope, "CostDashboard", {
    sections: [
      {
        heading: "Cost drivers",
        text: "Each graph is something that AWS charges by. Twice as much of it is twice as much of that line of the bill.",
        rows: [
          [
            {
              title: "Requests at the edge",
              left: [edge.distribution.metricRequests({ label: "requests" })],
            },
            {
              title: "Load balancer capacity units",
              left: [api.balancer.metricConsumedLcus({ label: "LCU" })],
            },
          ],
          [
            {
              title: "Running tasks",
              left: [api.service.metricRunningTaskCount({ statistic: "Average", label: "tasks" })],
            },
            { title: "Bytes out through NAT", left: network.vpc.metricNatBytesOut() },
          ],
          [
            { title: "Log bytes, by group", left: groups.map(([label, metric]) => metric.with({ label })) },
            {
              title: "Storage operations of the database",
              left: [
                cluster.metricVolumeIops("Read", { label: "reads" }),
                cluster.metricVolumeIops("Write", { label: "writes" }),
              ],
            },
          ],
        ],
      },
    ],
  });
}
