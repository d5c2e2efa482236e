/**
 * The outage matrix: each way in which this system fails, what rings for it, and within how many minutes. An alarm in no
 * row and a row without an alarm fail the test, which also compares each alarm with what is said of it here.
 */
export interface Outage {
  readonly failure: string;
  readonly alarms: readonly string[];
  /** The first of its alarms rings at the latest so many minutes after it began. */
  readonly minutes: number;
}

export const OUTAGES: readonly Outage[] = [
  {
    failure: "No task answers: all are down, or none can be reached",
    alarms: ["balancer-errors", "edge-errors", "availability-burn-fast"],
    minutes: 5,
  },
  {
    failure: "The API answers with 5xx: a defect, overload, a database that refuses",
    alarms: ["api-errors", "edge-errors", "availability-burn-fast"],
    minutes: 5,
  },
  {
    failure: "A new version passes its health check and fails its customers, by errors or by slowness",
    alarms: ["api-errors", "slow-answers", "deployment-failed"],
    minutes: 5,
  },
  {
    failure: "Everybody gets 403: the origin token does not match, or the listener's rule is gone",
    alarms: ["bypass", "edge-refusals"],
    minutes: 5,
  },
  {
    failure: "Everybody gets 403: the web ACL takes customers for attackers",
    alarms: ["web-acl-blocks", "edge-refusals"],
    minutes: 5,
  },
  {
    failure: "Everybody gets 404: the catalogue is empty, or paths have changed",
    alarms: ["edge-refusals"],
    minutes: 5,
  },
  {
    failure: "Writers get 401, 403 or 429: their keys were changed, lack a scope, or they send too much",
    alarms: ["write-refusals"],
    minutes: 5,
  },
  {
    failure: "Writes fail while reads go on: the writer is away, locked, full or too slow",
    alarms: ["write-errors", "database-away"],
    minutes: 5,
  },
  { failure: "Answers are slow", alarms: ["slow-answers", "latency-burn-fast"], minutes: 5 },
  {
    failure: "A few per cent of the answers fail or are slow, for hours",
    alarms: ["availability-burn-slow", "latency-burn-slow"],
    minutes: 300,
  },
  { failure: "Somebody goes past the edge", alarms: ["bypass"], minutes: 5 },
  { failure: "The edge's certificate runs out", alarms: ["viewer-certificate"], minutes: 1440 },
  { failure: "The load balancer's certificate runs out", alarms: ["origin-certificate"], minutes: 1440 },
  { failure: "A task hangs, and is not replaced", alarms: ["unhealthy-tasks"], minutes: 5 },
  { failure: "Tasks crash, or cannot start", alarms: ["task-failures", "too-few-tasks"], minutes: 5 },
  { failure: "A deployment was rolled back", alarms: ["deployment-failed"], minutes: 1 },
  {
    failure: "Spot takes its capacity back, and has no other",
    alarms: ["spot-interruptions", "too-few-tasks"],
    minutes: 5,
  },
  {
    failure: "The load is more than the most tasks can carry",
    alarms: ["service-cpu", "at-maximum", "api-errors"],
    minutes: 15,
  },
  { failure: "Tasks leak memory", alarms: ["service-memory", "task-failures"], minutes: 10 },
  {
    failure: "The database is away while old copies are served",
    alarms: ["database-away", "stale-answers"],
    minutes: 5,
  },
  {
    failure: "A task's connections to the database get no answer, and the database is there",
    alarms: ["database-silent"],
    minutes: 5,
  },
  {
    failure: "Tasks hear nothing of each other's changes",
    alarms: ["notifications-down"],
    minutes: 5,
  },
  {
    failure: "The writer is at its limit",
    alarms: ["writer-cpu", "writer-memory", "writer-disk"],
    minutes: 10,
  },
  {
    failure: "The reader is at its limit",
    alarms: ["reader-cpu", "reader-memory", "reader-disk", "slow-answers"],
    minutes: 10,
  },
  {
    failure: "Burst credits are spent",
    alarms: ["writer-burst-credits", "reader-burst-credits"],
    minutes: 15,
  },
  { failure: "Customers see old prices: the reader is behind", alarms: ["replica-lag"], minutes: 5 },
  { failure: "Tasks reach nothing outside: the NAT gateway has no ports", alarms: ["nat-ports"], minutes: 5 },
  {
    failure: "Nobody could see anything: a log is silent",
    alarms: ["api-log-silent", "edge-log-silent", "flow-log-silent"],
    minutes: 15,
  },
];
