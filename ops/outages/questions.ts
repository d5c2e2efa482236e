/**
 * What is asked of the logs, and what has to be answered: for each saved query some lines, as the log of that name has them, with
 * what matters and what does not, and the values of the rows that it answers of them. The audit has each query of the stack
 * answer them.
 */
import type { LogLine } from "../../local/cloudwatch/insights.ts";

type Values = readonly (string | number | undefined)[];

export interface Questions {
  readonly lines: readonly LogLine[];
  /** By the query's name without `query-` and suffix: the rows of its answer. */
  readonly answers: Readonly<Record<string, readonly Values[]>>;
}

const BEGIN = Date.UTC(2026, 10, 28, 17);
const time = (second: number) => new Date(BEGIN + 1000 * second).toISOString();
const line = (second: number, content: object | string, stream = "one"): LogLine => ({
  at: BEGIN + 1000 * second,
  stream,
  message: typeof content === "string" ? content : JSON.stringify(content),
});
const MINUTE = 60;
const HOUR = 3600;

/** The API's own lines; a test compares their fields with what the API writes. */
const request = (
  second: number,
  method: string,
  url: string,
  status: number,
  ms: number,
  reqId: string,
  client?: string,
) =>
  line(second, {
    level: "info",
    message: "request",
    method,
    url,
    status,
    ms,
    reqId,
    ...(client && { client }),
  });
const refused = (second: number, level: string, problem: string, reqId: string) =>
  line(second, {
    level,
    problem,
    message: "refused",
    err: { message: `because of ${problem}`, stack: "at" },
    url: "/v1/x",
    reqId,
  });
const told = (second: number, stream: string, p99: number, silent: number, unheard: number) =>
  line(
    second,
    {
      ...{ LatencyP99: p99, Requests: 10, Unavailable: 1, CacheHits: 6, CacheMisses: 3, CacheStale: 2 },
      ...{ DatabaseSilent: silent, NotificationsDown: unheard },
    },
    stream,
  );
const ASKED = "the-id-from-X-Request-Id";

const API: Questions = {
  lines: [
    request(1, "GET", "/v1/products?page=2", 200, 1500, "a"),
    request(2, "GET", "/v1/products", 200, 3000, "b"),
    request(3, "GET", "/v1/search?q=x", 200, 1001, "c"),
    request(4, "GET", "/v1/search", 200, 1000, "d"),
    line(5, { level: "info", message: "job", ms: 2000 }),
    refused(6, "warn", "not-found", "e"),
    refused(MINUTE + 6, "error", "unavailable", ASKED),
    refused(MINUTE + 7, "fatal", "unavailable", "g"),
    refused(MINUTE + 8, "info", "not-found", "h"),
    line(MINUTE + 9, { level: "error", message: "lost" }),
    request(MINUTE + 10, "PUT", "/v1/products/a", 200, 5, ASKED, "erp"),
    request(MINUTE + 11, "PATCH", "/v1/products/a", 200, 5, "k", "erp"),
    request(MINUTE + 12, "POST", "/v1/products", 201, 5, "l", "pim"),
    request(HOUR, "DELETE", "/v1/products/a", 200, 5, "m", "erp"),
    told(4 * MINUTE, "one", 10, 1, 0),
    told(4 * MINUTE + 1, "one", 30, 2, 4),
    told(5 * MINUTE, "one", 20, 3, 1),
    told(5 * MINUTE, "two", 40, 0, 5),
    told(5 * MINUTE, "three", 40, 0, 0),
  ],
  answers: {
    "errors-of-the-api": [
      [time(MINUTE + 7), "fatal", "unavailable", "refused", "because of unavailable", "/v1/x", "g"],
      [time(MINUTE + 6), "error", "unavailable", "refused", "because of unavailable", "/v1/x", ASKED],
      [time(6), "warn", "not-found", "refused", "because of not-found", "/v1/x", "e"],
    ],
    "errors-by-problem": [
      ["not-found", time(MINUTE), 1],
      ["unavailable", time(MINUTE), 2],
      ["not-found", time(0), 1],
    ],
    "one-request": [
      [time(MINUTE + 6), "error", "refused", undefined, undefined, "because of unavailable", "at"],
      [time(MINUTE + 10), "info", "request", 200, 5, undefined, undefined],
    ],
    "slow-requests-by-path": [
      ["/v1/products", 2, 1500, 3000],
      ["/v1/search", 1, 1001, 1001],
    ],
    "cache-and-latency": [
      [time(5 * MINUTE), 40, 30, 3, 18, 9, 6],
      [time(4 * MINUTE), 30, 20, 2, 12, 6, 4],
    ],
    "silent-connections-by-task": [
      ["one", time(5 * MINUTE), 3, 1],
      ["two", time(5 * MINUTE), 0, 5],
      ["one", time(0), 2, 4],
    ],
    "who-wrote": [
      ["erp", 200, time(HOUR), 1],
      ["pim", 201, time(0), 1],
      ["erp", 200, time(0), 2],
    ],
  },
};

/** Aurora user guide, "Aurora PostgreSQL database log files": `log_line_prefix` is `%t:%r:%u@%d:[%p]:`. */
const logged = (second: number, text: string) =>
  line(second, `2026-11-28 17:03:11 UTC:10.0.32.17(41234):catalog@catalog:[712]:LOG:  ${text}`);
const lasted = (second: number, ms: string) => logged(second, `duration: ${ms} ms  statement: SELECT 1`);
const authorized = (second: number, user: string) =>
  logged(
    second,
    `connection authorized: user=${user} database=catalog application_name=catalog-api-dev SSL enabled`,
  );

const DATABASE: Questions = {
  lines: [
    lasted(1, "20.5"),
    lasted(2, "1312.117"),
    lasted(3, "110"),
    authorized(4, "catalog"),
    authorized(HOUR, "catalog"),
    authorized(HOUR + 1, "catalog_api_v1"),
    logged(5, "checkpoint complete"),
  ],
  answers: {
    "slow-statements": ["1312.117", "110", "20.5"].map((ms) => {
      const second = { "20.5": 1, "1312.117": 2, "110": 3 }[ms]!;
      return [time(second), lasted(second, ms).message];
    }),
    "who-connected": [
      ["catalog_api_v1", time(HOUR), 1],
      ["catalog", time(HOUR), 1],
      ["catalog", time(0), 1],
    ],
  },
};

/** CloudFront developer guide, "Standard logging reference", JSON. */
const answered = (second: number, status: string, result: string, address: string, path = "/v1/products") =>
  line(second, { "sc-status": status, "x-edge-result-type": result, "c-ip": address, "cs-uri-stem": path });

const EDGE: Questions = {
  lines: [
    answered(1, "200", "Hit", "203.0.113.7"),
    answered(4 * MINUTE, "200", "Hit", "203.0.113.7"),
    answered(5 * MINUTE, "200", "Hit", "203.0.113.8"),
    answered(5 * MINUTE + 1, "400", "Error", "203.0.113.7"),
    answered(5 * MINUTE + 2, "403", "Error", "203.0.113.9", "/"),
    answered(5 * MINUTE + 3, "400", "Error", "203.0.113.8"),
    answered(5 * MINUTE + 4, "399", "Miss", "203.0.113.7"),
  ],
  answers: {
    "hit-ratio-at-the-edge": [
      ["Miss", time(5 * MINUTE), 1],
      ["Error", time(5 * MINUTE), 3],
      ["Hit", time(5 * MINUTE), 1],
      ["Hit", time(0), 2],
    ],
    "refusals-at-the-edge": [
      ["400", "/v1/products", "Error", 2],
      ["403", "/", "Error", 1],
    ],
    "busiest-addresses": [
      ["203.0.113.7", 4],
      ["203.0.113.8", 2],
      ["203.0.113.9", 1],
    ],
  },
};

/** CloudWatch Logs user guide, "Supported logs and discovered fields": VPC flow logs. */
const flowed = (second: number, action: string, dstPort: number) =>
  line(second, { srcAddr: "10.0.32.17", dstAddr: "10.0.48.9", dstPort, action });

const NETWORK: Questions = {
  lines: [
    flowed(1, "REJECT", 22),
    flowed(2, "REJECT", 5432),
    flowed(3, "REJECT", 22),
    flowed(4, "ACCEPT", 443),
  ],
  answers: {
    "rejected-connections": [
      ["10.0.32.17", "10.0.48.9", 22, 2],
      ["10.0.32.17", "10.0.48.9", 5432, 1],
    ],
  },
};

/** CloudWatch user guide, "Container Insights performance log events for Amazon ECS". */
const used = (second: number, Type: string, TaskId: string, CpuUtilized: number, MemoryUtilized: number) =>
  line(second, { Type, TaskId, CpuUtilized, MemoryUtilized });

const INSIGHTS: Questions = {
  lines: [
    used(1, "Task", "a", 12.5, 152),
    used(4 * MINUTE, "Task", "a", 500, 120),
    used(5 * MINUTE, "Task", "a", 20, 130),
    used(2, "Container", "a", 900, 900),
  ],
  answers: {
    "memory-and-cpu-by-task": [
      ["a", time(5 * MINUTE), 130, 20],
      ["a", time(0), 152, 500],
    ],
  },
};

/** ECS developer guide, "Task state change events". */
const stopped = (second: number, stopCode: string | undefined) =>
  line(second, {
    detail: { stopCode, stoppedReason: "ended", containers: [{ name: "api", exitCode: 137 }] },
  });

const EVENTS: Questions = {
  lines: [stopped(1, "EssentialContainerExited"), stopped(2, undefined), stopped(3, "SpotInterruption")],
  answers: {
    "why-tasks-stopped": [
      [time(3), "SpotInterruption", "ended", 137],
      [time(1), "EssentialContainerExited", "ended", 137],
    ],
  },
};

/** By the beginning of the log group's name. */
export const QUESTIONS: Readonly<Record<string, Questions>> = {
  "/aws/ecs/api-": API,
  "/aws/rds/cluster/": DATABASE,
  "/aws/vendedlogs/cloudfront/": EDGE,
  "/aws/vpc/": NETWORK,
  "/aws/ecs/containerinsights/": INSIGHTS,
  "/aws/events/": EVENTS,
};
