/** A query that CloudWatch Logs Insights keeps. */
export interface Query {
  /** In words joined, as a construct's id: the query `ErrorsOfTheApi` is found as `query-errors-of-the-api-<suffix>`. */
  readonly title: string;
  /** Whose log. */
  readonly of: "api" | "database" | "edge" | "network" | "insights" | "events";
  readonly queryString: string;
}

/** What one asks the logs at three in the morning. A test asks each of lines as the logs have them. */
export const QUERIES: readonly Query[] = [
  {
    title: "ErrorsOfTheApi",
    of: "api",
    queryString: `fields @timestamp, level, problem, message, err.message, url, reqId
| filter level in ["warn", "error", "fatal"] and ispresent(problem)
| sort @timestamp desc
| limit 100`,
  },
  {
    title: "ErrorsByProblem",
    of: "api",
    queryString: `filter ispresent(problem)
| stats count(*) as answers by problem, bin(1m)`,
  },
  {
    title: "OneRequest",
    of: "api",
    queryString: `fields @timestamp, level, message, status, ms, err.message, err.stack
| filter reqId = "the-id-from-X-Request-Id"
| sort @timestamp asc`,
  },
  {
    title: "SlowRequestsByPath",
    of: "api",
    queryString: `filter message = "request" and ms > 1000
| parse url /^(?<path>[^?]+)/
| stats count(*) as requests, pct(ms, 50) as p50, max(ms) as worst by path
| sort requests desc`,
  },
  {
    title: "CacheAndLatency",
    of: "api",
    queryString: `filter ispresent(LatencyP99)
| stats max(LatencyP99) as p99, sum(Requests) as requests, sum(Unavailable) as unavailable, sum(CacheHits) as hits, sum(CacheMisses) as misses, sum(CacheStale) as stale by bin(1m)`,
  },
  {
    title: "SilentConnectionsByTask",
    of: "api",
    queryString: `filter DatabaseSilent > 0 or NotificationsDown > 0
| stats max(DatabaseSilent) as silent, max(NotificationsDown) as unheard by @logStream, bin(5m)`,
  },
  {
    title: "WhoWrote",
    of: "api",
    queryString: `filter message = "request" and method in ["PUT", "PATCH", "POST", "DELETE"]
| stats count(*) as writes by client, status, bin(1h)`,
  },
  {
    title: "SlowStatements",
    of: "database",
    queryString: `filter @message like /duration: /
| parse @message "duration: * ms" as ms
| sort ms desc
| limit 50`,
  },
  {
    title: "WhoConnected",
    of: "database",
    queryString: `filter @message like /connection authorized/
| parse @message /user=(?<user>\\S+) database=(?<database>\\S+)/
| stats count(*) as connections by user, bin(1h)`,
  },
  {
    title: "HitRatioAtTheEdge",
    of: "edge",
    queryString: "stats count(*) as requests by `x-edge-result-type`, bin(5m)",
  },
  {
    title: "RefusalsAtTheEdge",
    of: "edge",
    queryString: `filter \`sc-status\` >= 400
| stats count(*) as answers by \`sc-status\`, \`cs-uri-stem\`, \`x-edge-result-type\`
| sort answers desc
| limit 50`,
  },
  {
    title: "BusiestAddresses",
    of: "edge",
    queryString: `stats count(*) as requests by \`c-ip\`
| sort requests desc
| limit 20`,
  },
  {
    title: "RejectedConnections",
    of: "network",
    queryString: `filter action = "REJECT"
| stats count(*) as attempts by srcAddr, dstAddr, dstPort
| sort attempts desc
| limit 50`,
  },
  {
    title: "MemoryAndCpuByTask",
    of: "insights",
    queryString: `filter Type = "Task"
| stats max(MemoryUtilized) as mebibytes, max(CpuUtilized) as cpuUnits by TaskId, bin(5m)`,
  },
  {
    title: "WhyTasksStopped",
    of: "events",
    queryString: `fields @timestamp, detail.stopCode, detail.stoppedReason, detail.containers.0.exitCode
| filter ispresent(detail.stopCode)
| sort @timestamp desc
| limit 50`,
  },
];
