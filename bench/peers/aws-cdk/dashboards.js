const cloudwatch = require("aws-cdk-lib/aws-cloudwatch");

const graph = (width, title, left, right = [], leftAnnotations = []) =>
  new cloudwatch.GraphWidget({ title, left, right, leftAnnotations, width, height: 6 });
const row = (...graphs) => graphs.map((each) => graph(24 / graphs.length, ...each));
const section = (heading, text, alarms, ...rows) => [
  [new cloudwatch.TextWidget({ markdown: `## ${heading}\n${text}`, width: 24, height: 2 })],
  ...(alarms
    ? [[new cloudwatch.AlarmStatusWidget({ title: `Alarms: ${heading}`, alarms, width: 24, height: 2 })]]
    : []),
  ...rows,
];

/** lib/catalog/observability/dashboards.ts: as many widgets, over the same metrics. */
function requestDashboard(scope, { alarms, apiLog, edgeLog, flowLog, metrics, name }) {
  const byRole = (metric) => ["WRITER", "READER"].map((role) => metric(role, { label: role.toLowerCase() }));
  return new cloudwatch.Dashboard(scope, "Dashboard", {
    dashboardName: name("dashboard"),
    widgets: [
      ...section(
        "Customers",
        "Promised: 99.9 % of requests without 5xx, 99 % of answers within 1000 ms.",
        alarms.customers,
        row(
          ["Errors at the edge, %", [metrics.edge5xx({ label: "5xx" }), metrics.edge4xx({ label: "4xx" })]],
          [
            "Answers of the API, s",
            ["p50", "p90", "p99"].map((statistic) => metrics.responseTime({ statistic, label: statistic })),
          ],
        ),
      ),
      ...section(
        "Edge",
        "The distance between the two lines is what the edge answers from its cache.",
        alarms.edge,
        row([
          "Requests: edge, and what reaches the load balancer",
          [metrics.edgeRequests({ label: "edge" }), metrics.balancerRequests({ label: "load balancer" })],
        ]),
      ),
      ...section(
        "Load balancer",
        "Its own 5xx: no task took the request. Its fixed answer: somebody goes past the edge.",
        alarms.balancer,
        row(
          [
            "Errors by who made them",
            [
              metrics.balancer5xx({ label: "5xx of the load balancer" }),
              metrics.target5xx({ label: "5xx of the API" }),
              metrics.fixedResponses({ label: "403 for want of a token" }),
            ],
          ],
          ["Targets", [metrics.healthy({ label: "healthy" }), metrics.unhealthy({ label: "unhealthy" })]],
        ),
      ),
      ...section(
        "Tasks",
        "CPU moves around the target while scaling works. Stale answers: the database is away, or too slow.",
        alarms.tasks,
        row(
          [
            "CPU and memory of the tasks, %",
            [metrics.cpu({ label: "CPU" }), metrics.memory({ label: "memory" })],
            [],
            [{ label: "target", value: 60 }],
          ],
          [
            "Running tasks",
            [metrics.running({ label: "running" })],
            [],
            [
              { label: "minimum", value: 2 },
              { label: "maximum", value: 10 },
            ],
          ],
          [
            "Answers from the API's cache",
            [
              metrics.cacheHits({ label: "hits" }),
              metrics.cacheMisses({ label: "misses" }),
              metrics.cacheStale({ label: "stale" }),
            ],
          ],
        ),
        row([
          "Writes",
          [
            metrics.writes({ label: "all" }),
            metrics.writesFailed({ label: "failed" }),
            metrics.writesRefused({ label: "refused" }),
          ],
        ]),
      ),
      ...section(
        "Database",
        "Reads go to the reader, writes to the writer. Credits at zero: db.t goes on, and AWS bills what is above the baseline.",
        alarms.database,
        row(
          ["CPU, %, and burst credits", byRole(metrics.databaseCpu), byRole(metrics.databaseCredits)],
          ["Connections", byRole(metrics.connections)],
          [
            "Free memory, bytes, and the reader's lag, ms",
            byRole(metrics.databaseMemory),
            [metrics.replicaLag({ label: "lag" })],
          ],
        ),
      ),
      ...section(
        "Around it",
        "What nobody looks at while it works.",
        alarms.infrastructure,
        row(
          ["Connections without a port, by NAT gateway", metrics.natPorts()],
          [
            "Log events",
            [
              metrics.logEvents(apiLog, { label: "API" }),
              metrics.logEvents(flowLog, { label: "network" }),
              metrics.logEvents(edgeLog, { label: "edge" }),
            ],
          ],
        ),
      ),
    ],
  });
}

function costDashboard(scope, { logGroups, metrics, name }) {
  return new cloudwatch.Dashboard(scope, "CostDashboard", {
    dashboardName: name("cost-dashboard"),
    widgets: section(
      "Cost drivers",
      "Each graph is something that AWS charges by. Twice as much of it is twice as much of that line of the bill.",
      undefined,
      row(
        ["Requests at the edge", [metrics.edgeRequests({ label: "requests" })]],
        ["Load balancer capacity units", [metrics.consumedLcus({ label: "LCU" })]],
      ),
      row(
        ["Running tasks", [metrics.running({ statistic: "Average", label: "tasks" })]],
        ["Bytes out through NAT", metrics.natBytes()],
      ),
      row(
        [
          "Log bytes, by group",
          Object.entries(logGroups).map(([label, group]) => metrics.logBytes(group, { label })),
        ],
        [
          "Storage operations of the database",
          [metrics.volumeReads({ label: "reads" }), metrics.volumeWrites({ label: "writes" })],
        ],
      ),
    ),
  });
}

module.exports = { costDashboard, requestDashboard };
