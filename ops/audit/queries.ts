import type { Block, Configuration } from "../../local/terraform-json/index.ts";
import { environmentSuffix, withoutSuffix } from "./naming.ts";
import { demand, each, type Rule, rule } from "./rule.ts";

/** The saved queries, by the beginning of the name of the log group that each is asked of: what each asks, command by command. */
const QUERIES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "/aws/ecs/api-": {
    "errors-of-the-api": [
      "fields @timestamp, level, problem, message, err.message, url, reqId",
      'filter level in ["warn", "error", "fatal"] and ispresent(problem)',
      "sort @timestamp desc",
      "limit 100",
    ],
    "errors-by-problem": ["filter ispresent(problem)", "stats count(*) as answers by problem, bin(1m)"],
    "one-request": [
      "fields @timestamp, level, message, status, ms, err.message, err.stack",
      'filter reqId = "the-id-from-X-Request-Id"',
      "sort @timestamp asc",
    ],
    "slow-requests-by-path": [
      'filter message = "request" and ms > 1000',
      "parse url /^(?<path>[^?]+)/",
      "stats count(*) as requests, pct(ms, 50) as p50, max(ms) as worst by path",
      "sort requests desc",
    ],
    "cache-and-latency": [
      "filter ispresent(LatencyP99)",
      "stats max(LatencyP99) as p99, sum(Requests) as requests, sum(Unavailable) as unavailable, sum(CacheHits) as hits, sum(CacheMisses) as misses, sum(CacheStale) as stale by bin(1m)",
    ],
    "silent-connections-by-task": [
      "filter DatabaseSilent > 0 or NotificationsDown > 0",
      "stats max(DatabaseSilent) as silent, max(NotificationsDown) as unheard by @logStream, bin(5m)",
    ],
    "who-wrote": [
      'filter message = "request" and method in ["PUT", "PATCH", "POST", "DELETE"]',
      "stats count(*) as writes by client, status, bin(1h)",
    ],
  },
  "/aws/rds/cluster/": {
    "slow-statements": [
      "filter @message like /duration: /",
      'parse @message "duration: * ms" as ms',
      "sort ms desc",
      "limit 50",
    ],
    "who-connected": [
      "filter @message like /connection authorized/",
      "parse @message /user=(?<user>\\S+) database=(?<database>\\S+)/",
      "stats count(*) as connections by user, bin(1h)",
    ],
  },
  "/aws/vendedlogs/cloudfront/": {
    "hit-ratio-at-the-edge": ["stats count(*) as requests by `x-edge-result-type`, bin(5m)"],
    "refusals-at-the-edge": [
      "filter `sc-status` >= 400",
      "stats count(*) as answers by `sc-status`, `cs-uri-stem`, `x-edge-result-type`",
      "sort answers desc",
      "limit 50",
    ],
    "busiest-addresses": ["stats count(*) as requests by `c-ip`", "sort requests desc", "limit 20"],
  },
  "/aws/vpc/": {
    "rejected-connections": [
      'filter action = "REJECT"',
      "stats count(*) as attempts by srcAddr, dstAddr, dstPort",
      "sort attempts desc",
      "limit 50",
    ],
  },
  "/aws/ecs/containerinsights/": {
    "memory-and-cpu-by-task": [
      'filter Type = "Task"',
      "stats max(MemoryUtilized) as mebibytes, max(CpuUtilized) as cpuUnits by TaskId, bin(5m)",
    ],
  },
  "/aws/events/": {
    "why-tasks-stopped": [
      "fields @timestamp, detail.stopCode, detail.stoppedReason, detail.containers.0.exitCode",
      "filter ispresent(detail.stopCode)",
      "sort @timestamp desc",
      "limit 50",
    ],
  },
};
const LOGS = new Map(
  Object.entries(QUERIES).flatMap(([log, queries]) =>
    Object.keys(queries).map((name) => [name, log] as const),
  ),
);

const definitions = (config: Configuration) => config.of("aws_cloudwatch_query_definition");

/** What one asks the logs. That each asks for fields that they have, `test/ops/queries.test.ts` shows. */
export const savedQueries: readonly Rule[] = [
  rule({
    id: "saved-queries",
    source: "Monitoring Guide, Queries",
    words:
      "Observability: the queries that the guide explains are saved, each as it is there, and of its own log",
    check: (config) => {
      const suffix = environmentSuffix(config);
      const key = (block: Block) =>
        withoutSuffix(config.resolve(block.get("name")), suffix).replace(/^query-/, "");
      const there = definitions(config).map(key);
      return [
        ...[...LOGS.keys()].flatMap((name) =>
          demand(there.includes(name), "aws_cloudwatch_query_definition", `Save the query ${name}.`),
        ),
        ...each(
          definitions(config),
          (block) => {
            const [group] = config.targets(block.all("log_group_names"), "aws_cloudwatch_log_group");
            return (
              config.resolve(group?.get("name")).startsWith(LOGS.get(key(block)) ?? "nowhere") &&
              block.get("query_string") === QUERIES[LOGS.get(key(block))!]?.[key(block)]?.join("\n| ")
            );
          },
          "Let it ask what ops/audit/queries.ts says, of the log that it is about.",
        ),
      ];
    },
  }),
];
