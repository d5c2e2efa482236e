import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { SETTINGS } from "../../../lib/settings.ts";
import { METRICS } from "../../../local/cloudwatch/metrics.ts";
import { ALARMS } from "../../../ops/outages/alarms.ts";
import { datapoints, longestLook, stateAfter } from "../../../preview/alarms/evaluation.ts";
import { MetricStore } from "../../../preview/alarms/metric-store.ts";
import { type MetricAlarm, readAlarms } from "../../../preview/blueprint/alarms.ts";
import type { Emitted } from "../../../preview/blueprint/emitted.ts";
import { readBlueprint } from "../../../preview/blueprint/index.ts";
import { Stack } from "../../../preview/blueprint/stack.ts";
import { keysOf } from "../../../preview/drills/alarms.ts";
import { EVERYTHING } from "../../support/variants.ts";
import { synthesise } from "../stack-json.ts";

/** A value in one minute, and how often it is said then; undefined: no datapoint. */
type Sample = readonly [value: number, times: number] | undefined;
/** A minute of what an alarm looks at, by metric; `@` and a part of its dimensions where there are several. */
type Minute = Readonly<Record<string, Sample>>;
const OF_CLOUDFRONT = (errors: number, requests = 200): Minute => ({
  "CloudFront/Requests": [1, requests],
  "CloudFront/5xxErrorRate": [errors, requests],
});
const SLOW = (of: number): Minute => ({
  "RequestCount@TargetGroup": [1, 1000],
  TargetResponseTime: [of, 1000],
});
/** @param slow of a hundred answers */
const SOME_SLOW = (slow: number): Minute => ({
  "RequestCount@TargetGroup": [1, 100],
  "TargetResponseTime fast": [0.1, 100 - slow],
  "TargetResponseTime slow": [1.5, slow],
});
const OF_WRITES = (metric: string, count: number): Minute => ({
  "CatalogApi/Writes": [20, 1],
  [metric]: [count, 1],
});
const ONE = (metric: string, rings: Sample, silent: Sample) =>
  [{ [metric]: rings }, { [metric]: silent }] as const;

/** As many as the stack with every option lets its service have: those of the fallback are not among them. */
const MOST_TASKS = SETTINGS.maxTasks.parse(undefined) - Number(EVERYTHING.SPOT_FALLBACK_TASKS);

/** For each alarm, minutes at which it has to ring, and minutes one step away from those, at which it must not. */
const STEPS: Readonly<Record<string, readonly [rings: Minute, ...silent: Minute[]]>> = {
  "availability-burn-fast": [OF_CLOUDFRONT(1.5), OF_CLOUDFRONT(1.44)],
  "availability-burn-slow": [OF_CLOUDFRONT(0.61), OF_CLOUDFRONT(0.6)],
  "latency-burn-fast": [SOME_SLOW(15), SOME_SLOW(14)],
  "latency-burn-slow": [SOME_SLOW(7), SOME_SLOW(6)],
  "edge-errors": [OF_CLOUDFRONT(1.1, 1000), OF_CLOUDFRONT(1, 1000), OF_CLOUDFRONT(100, 5)],
  "edge-refusals": [
    { "CloudFront/Requests": [1, 200], "CloudFront/4xxErrorRate": [51, 200] },
    { "CloudFront/Requests": [1, 200], "CloudFront/4xxErrorRate": [50, 200] },
    { "CloudFront/Requests": [1, 20], "CloudFront/4xxErrorRate": [100, 20] },
  ],
  "web-acl-blocks": [
    { "WAFV2/BlockedRequests": [26, 1], "WAFV2/AllowedRequests": [100, 1] },
    { "WAFV2/BlockedRequests": [25, 1], "WAFV2/AllowedRequests": [100, 1] },
    { "WAFV2/BlockedRequests": [20, 1], "WAFV2/AllowedRequests": undefined },
  ],
  "viewer-certificate": ONE("DaysToExpiry", [29, 1], [30, 1]),
  "origin-certificate": ONE("DaysToExpiry", [29, 1], [30, 1]),
  "balancer-errors": [
    { HTTPCode_ELB_5XX_Count: [1, 6], "RequestCount@LoadBalancer": [1, 294] },
    { HTTPCode_ELB_5XX_Count: [1, 6], "RequestCount@LoadBalancer": [1, 295] },
    { HTTPCode_ELB_5XX_Count: [1, 5] },
  ],
  bypass: ONE("HTTP_Fixed_Response_Count", [1, 1], undefined),
  "unhealthy-tasks": ONE("UnHealthyHostCount", [1, 1], [0, 1]),
  "api-errors": [
    { HTTPCode_Target_5XX_Count: [1, 6], "RequestCount@TargetGroup": [1, 300] },
    { HTTPCode_Target_5XX_Count: [1, 6], "RequestCount@TargetGroup": [1, 301] },
    { HTTPCode_Target_5XX_Count: [1, 5], "RequestCount@TargetGroup": [1, 5] },
  ],
  "slow-answers": [SLOW(1.01), SLOW(1), { "RequestCount@TargetGroup": [1, 60], TargetResponseTime: [5, 60] }],
  "stale-answers": [
    { "CatalogApi/CacheStale": [6, 1], "CatalogApi/Requests": [120, 1] },
    { "CatalogApi/CacheStale": [6, 1], "CatalogApi/Requests": [121, 1] },
    { "CatalogApi/CacheStale": [5, 1], "CatalogApi/Requests": [5, 1] },
  ],
  "write-errors": [
    { "CatalogApi/WritesFailed": [6, 1], "CatalogApi/Writes": [30, 1] },
    { "CatalogApi/WritesFailed": [6, 1], "CatalogApi/Writes": [31, 1] },
    OF_WRITES("CatalogApi/WritesFailed", 5),
  ],
  "write-refusals": [OF_WRITES("CatalogApi/WritesRefused", 10), OF_WRITES("CatalogApi/WritesRefused", 9)],
  "database-silent": ONE("DatabaseSilent", [1, 1], [0, 2]),
  "notifications-down": ONE("NotificationsDown", [1, 1], [0, 2]),
  "too-few-tasks": [
    { RunningTaskCount: [1, 1], DesiredTaskCount: [2, 1] },
    { RunningTaskCount: [2, 1], DesiredTaskCount: [2, 1] },
  ],
  "at-maximum": [
    { DesiredTaskCount: [MOST_TASKS, 1], "ECS/CPUUtilization": [61, 1] },
    { DesiredTaskCount: [MOST_TASKS, 1], "ECS/CPUUtilization": [60, 1] },
    { DesiredTaskCount: [MOST_TASKS - 1, 1], "ECS/CPUUtilization": [100, 1] },
  ],
  "service-cpu": ONE("ECS/CPUUtilization", [86, 1], [85, 1]),
  "service-memory": ONE("ECS/MemoryUtilization", [86, 1], [85, 1]),
  "deployment-failed": ONE("MatchedEvents@deployment-failures", [1, 1], undefined),
  "spot-interruptions": ONE("MatchedEvents@spot-interruptions", [1, 2], undefined),
  "task-failures": ONE("MatchedEvents@task-failures", [1, 3], undefined),
  "database-away": ONE("DatabaseConnections@Role=WRITER", undefined, [1, 1]),
  "writer-cpu": ONE("RDS/CPUUtilization@Role=WRITER", [86, 1], [85, 1]),
  "reader-cpu": ONE("RDS/CPUUtilization@Role=READER", [86, 1], [85, 1]),
  ...Object.fromEntries(
    ["writer", "reader"].flatMap((role) => [
      [`${role}-memory`, ONE("FreeableMemory", [2 ** 28 - 1, 1], [2 ** 28, 1])],
      [`${role}-disk`, ONE("FreeLocalStorage", [2 ** 30 - 1, 1], [2 ** 30, 1])],
      [`${role}-burst-credits`, ONE("CPUCreditBalance", [29, 1], [30, 1])],
    ]),
  ),
  "replica-lag": ONE("AuroraReplicaLagMaximum", [5001, 1], [5000, 1]),
  "nat-ports": ONE("ErrorPortAllocation", [1, 1], undefined),
  "api-log-silent": ONE("IncomingLogEvents", undefined, [1, 1]),
  "flow-log-silent": ONE("IncomingLogEvents", undefined, [1, 1]),
  "edge-log-silent": [
    { "CloudFront/Requests": [1, 13], IncomingLogEvents: undefined },
    { "CloudFront/Requests": [1, 12], IncomingLogEvents: undefined },
    { "CloudFront/Requests": [1, 13], IncomingLogEvents: [1, 1] },
  ],
};

let alarms: ReadonlyMap<string, MetricAlarm>;
let series: Emitted;
before(async () => {
  const json = await synthesise(EVERYTHING);
  // The preview does not run an origin with a name of its own; its alarms can be read all the same.
  const { emitted } = readBlueprint(
    await synthesise({ ...EVERYTHING, ORIGIN_DOMAIN_NAME: undefined, ORIGIN_CERTIFICATE_ARN: undefined }),
  );
  const telling = readAlarms(new Stack(json), emitted).metric.filter(({ name }) => name.startsWith("alarm-"));
  const keys = keysOf(telling.map(({ name }) => name));
  alarms = new Map(telling.map((alarm) => [keys.get(alarm.name)!, alarm]));
  const ofAwsAlone = METRICS.filter(({ awsAlone }) => awsAlone !== undefined);
  series = new Map([
    ...emitted,
    ...ofAwsAlone.map((metric) => [`${metric.namespace}/${metric.metricName}`, metric] as const),
  ]);
});

/** The series of an alarm that a metric of a minute stands for. */
function identityOf({ series: watched }: MetricAlarm, metric: string): string {
  const [name = "", dimension = ""] = metric.split(" ")[0]!.split("@");
  const found = watched.find(
    ({ identity }) => identity.split(" of ")[0]!.endsWith(name) && identity.includes(dimension),
  );
  assert.ok(found, `it does not look at ${metric}`);
  return found.identity;
}

/** Plays minutes one after the other. @returns after which of them it rang first; undefined: it did not */
function firstRing(alarm: MetricAlarm, minutes: readonly Minute[]): number | undefined {
  const store = new MetricStore(series, longestLook({ metric: [alarm], composite: [] }));
  let state: ReturnType<typeof stateAfter> = "OK";
  for (const [index, minute] of minutes.entries()) {
    for (const [metric, sample] of Object.entries(minute)) {
      const [value, times] = sample ?? [0, 0];
      for (let time = 0; time < times; time++) store.record(identityOf(alarm, metric), value);
    }
    store.closeMinute();
    state = stateAfter(alarm, datapoints(alarm, store), state);
    if (state === "ALARM") return index + 1;
  }
  return undefined;
}

const times = (count: number, minute: Minute) => Array.from({ length: count }, () => minute);

describe("each alarm of the stack, on figures at its edge", () => {
  it("has figures", () => {
    assert.deepEqual(Object.keys(STEPS).toSorted(), Object.keys(ALARMS).toSorted());
    assert.deepEqual([...alarms.keys()].toSorted(), Object.keys(ALARMS).toSorted());
  });

  for (const [key, [rings, ...silent]] of Object.entries(STEPS)) {
    it(`${key} rings one step beyond, within its minutes, and never one step before`, () => {
      const alarm = alarms.get(key)!;
      const { period, evaluationPeriods, datapointsToAlarm } = alarm;
      const minutes = ALARMS[key]!.minutes;
      const first = firstRing(alarm, times(minutes, rings));
      assert.ok(first !== undefined, `does not ring within ${minutes} minutes`);
      for (const minute of silent)
        assert.equal(firstRing(alarm, times((2 * evaluationPeriods * period) / 60, minute)), undefined);
      // A datapoint less than it asks for, between others. Longer periods overlap from minute to minute.
      if (period > 60) return;
      const before = times(evaluationPeriods, silent[0]!);
      const played = [...before, ...times(datapointsToAlarm - 1, rings), ...before];
      assert.equal(firstRing(alarm, played), undefined, "rings a minute too early");
    });
  }
});
