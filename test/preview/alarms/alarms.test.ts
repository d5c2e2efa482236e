import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { ALARMS } from "../../../ops/outages/alarms.ts";
import { AWS_ALONE } from "../../../ops/outages/expected-alarm.ts";
import { datapoints, longestLook, stateAfter } from "../../../preview/alarms/evaluation.ts";
import { MetricStore } from "../../../preview/alarms/metric-store.ts";
import type { AlarmState } from "../../../preview/blueprint/alarm-rule.ts";
import type { MetricAlarm } from "../../../preview/blueprint/alarms.ts";
import { type Blueprint, readBlueprint } from "../../../preview/blueprint/index.ts";
import { alarmChecks, keysOf } from "../../../preview/drills/alarms.ts";
import { drills } from "../../../preview/drills/scenarios/index.ts";
import { EVERYTHING } from "../../support/variants.ts";
import { type Json, synthesise } from "../stack-json.ts";

let stack: Json;
let blueprint: Blueprint;
before(async () => {
  stack = await synthesise();
  blueprint = readBlueprint(stack);
});

/** The identity of a series by the end of its metric and, where there are several, a dimension. */
function seriesOf(metric: string): string {
  const [name = "", dimension = ""] = metric.split("@");
  const found = [...blueprint.emitted.keys()].filter(
    (identity) => identity.includes(`${name} of `) && identity.includes(dimension),
  );
  assert.ok(found.length > 0, `nothing emits ${metric}`);
  return found.at(-1)!;
}

/** What a quiet minute of every series holds, as often as it is said. */
const QUIET: Readonly<Record<string, readonly [value: number, times: number]>> = {
  "CloudFront/Requests": [1, 200],
  "CloudFront/4xxErrorRate": [0, 200],
  "CloudFront/5xxErrorRate": [0, 200],
  "ApplicationELB/RequestCount@TargetGroup": [1, 100],
  "ApplicationELB/TargetResponseTime": [0.01, 100],
  "ApplicationELB/UnHealthyHostCount": [0, 1],
  "ECS/CPUUtilization": [40, 1],
  "ECS/MemoryUtilization": [20, 2],
  "ContainerInsights/RunningTaskCount": [2, 1],
  "ContainerInsights/DesiredTaskCount": [2, 1],
  "CatalogApi/Requests": [100, 1],
  "CatalogApi/CacheStale": [0, 1],
  "CatalogApi/Writes": [20, 1],
  "CatalogApi/WritesFailed": [0, 1],
  "CatalogApi/WritesRefused": [0, 1],
  "CatalogApi/DatabaseSilent": [0, 1],
  "CatalogApi/NotificationsDown": [0, 1],
  "RDS/CPUUtilization@Role=WRITER": [20, 1],
  "RDS/CPUUtilization@Role=READER": [20, 1],
  "RDS/DatabaseConnections@Role=WRITER": [4, 1],
  "RDS/DatabaseConnections@Role=READER": [8, 1],
};

type Fault = Readonly<Record<string, readonly [value: number, times: number] | undefined>>;

/** What is otherwise in the minutes of an outage. Undefined: no datapoint at all. */
const FAULTS: Readonly<Record<string, Fault>> = {
  "availability-burn-fast": { "CloudFront/5xxErrorRate": [4, 200] },
  "availability-burn-slow": { "CloudFront/5xxErrorRate": [1, 200] },
  "latency-burn-fast": { "ApplicationELB/TargetResponseTime": [1.5, 100] },
  "latency-burn-slow": { "ApplicationELB/TargetResponseTime": [1.5, 100] },
  "edge-errors": { "CloudFront/5xxErrorRate": [5, 200] },
  "edge-refusals": { "CloudFront/4xxErrorRate": [80, 200] },
  "balancer-errors": {
    "ApplicationELB/HTTPCode_ELB_5XX_Count": [1, 50],
    "ApplicationELB/RequestCount@TargetGroup": undefined,
  },
  bypass: { "ApplicationELB/HTTP_Fixed_Response_Count": [1, 1] },
  "unhealthy-tasks": { "ApplicationELB/UnHealthyHostCount": [1, 1] },
  "api-errors": { "ApplicationELB/HTTPCode_Target_5XX_Count": [1, 10] },
  "slow-answers": { "ApplicationELB/TargetResponseTime": [1.5, 100] },
  "stale-answers": { "CatalogApi/CacheStale": [10, 1] },
  "write-errors": { "CatalogApi/WritesFailed": [10, 1] },
  "write-refusals": { "CatalogApi/WritesRefused": [15, 1] },
  "database-silent": { "CatalogApi/DatabaseSilent": [1, 1] },
  "notifications-down": { "CatalogApi/NotificationsDown": [1, 1] },
  "too-few-tasks": { "ContainerInsights/RunningTaskCount": [1, 1] },
  "at-maximum": {
    "ContainerInsights/RunningTaskCount": [10, 1],
    "ContainerInsights/DesiredTaskCount": [10, 1],
    "ECS/CPUUtilization": [80, 1],
  },
  "service-cpu": { "ECS/CPUUtilization": [90, 1] },
  "service-memory": { "ECS/MemoryUtilization": [90, 2] },
  "deployment-failed": { "Events/MatchedEvents@deployment-failures": [1, 1] },
  "spot-interruptions": { "Events/MatchedEvents@spot-interruptions": [1, 2] },
  "task-failures": { "Events/MatchedEvents@task-failures": [1, 3] },
  "database-away": { "RDS/DatabaseConnections@Role=WRITER": undefined },
  "writer-cpu": { "RDS/CPUUtilization@Role=WRITER": [95, 1] },
  "reader-cpu": { "RDS/CPUUtilization@Role=READER": [95, 1] },
};

/** Plays minutes, quiet or with a fault, and tells the alarm's state after each. */
function play(alarm: MetricAlarm, minutes: number, fault: Fault = {}, store = quietStore()): AlarmState[] {
  let state: AlarmState = "INSUFFICIENT_DATA";
  return Array.from({ length: minutes }, () => {
    for (const [metric, sample] of Object.entries({ ...QUIET, ...fault })) {
      if (sample === undefined) continue;
      const [value, times] = sample;
      for (let time = 0; time < times; time++) store.record(seriesOf(metric), value);
    }
    store.closeMinute();
    state = stateAfter(alarm, datapoints(alarm, store), state);
    return state;
  });
}

const quietStore = () => new MetricStore(blueprint.emitted, longestLook(blueprint.alarms));

describe("the alarms of the stack, as the preview evaluates them", () => {
  const evaluated = () => blueprint.alarms.metric.filter(({ awsAlone }) => awsAlone === undefined);
  const keys = () => keysOf(blueprint.alarms.metric.map(({ name }) => name));

  it("each rings for its outage, within its minutes, and not while all is quiet", () => {
    assert.deepEqual(
      evaluated()
        .map(({ name }) => keys().get(name))
        .sort(),
      Object.keys(FAULTS).sort(),
    );
    for (const alarm of evaluated()) {
      const key = keys().get(alarm.name)!;
      const quiet = play(alarm, 20);
      assert.ok(!quiet.includes("ALARM"), `${key} rings while all is quiet`);
      const rang = play(alarm, ALARMS[key]!.minutes + alarm.period / 60, FAULTS[key]!);
      const first = rang.indexOf("ALARM") + 1;
      assert.ok(first > 0, `${key} does not ring`);
      assert.ok(first <= ALARMS[key]!.minutes, `${key} rings after ${first} minutes`);
    }
  });

  it("each is over when the outage is", () => {
    for (const alarm of evaluated().filter(({ period }) => period <= 300)) {
      const key = keys().get(alarm.name)!;
      const store = quietStore();
      play(alarm, ALARMS[key]!.minutes, FAULTS[key]!, store);
      const after = play(alarm, 30, {}, store);
      assert.equal(after.at(-1), "OK", key);
    }
  });

  it("every option's alarms can be read; those of AWS alone say where AWS describes their metric", async () => {
    // An origin with a name of its own may be anywhere: the preview does not run that.
    const options = { ...EVERYTHING, ORIGIN_DOMAIN_NAME: undefined, ORIGIN_CERTIFICATE_ARN: undefined };
    const { metric } = readBlueprint(await synthesise(options)).alarms;
    const telling = metric.filter(({ name }) => name.startsWith("alarm-")); // others scale
    const names = keysOf(telling.map(({ name }) => name));
    for (const { name, awsAlone } of telling) {
      const key = names.get(name)!;
      assert.equal(awsAlone !== undefined, ALARMS[key]?.noDrill === AWS_ALONE, key);
      if (awsAlone) assert.match(awsAlone, /^https:\/\/docs\.aws\.amazon\.com\//, key);
    }
  });

  it("the drills that the matrix names for an alarm are those that expect it to ring", () => {
    for (const [key, { drills: named, noDrill }] of Object.entries(ALARMS)) {
      const expecting = drills
        .filter(({ alarms }) => [...alarms.rings, ...(alarms.inFull ?? [])].includes(key))
        .map(({ name }) => name);
      assert.deepEqual(expecting.sort(), [...named].sort(), key);
      assert.equal(noDrill === undefined, named.length > 0, `${key}: a drill, or why there is none`);
    }
    const known = new Set(Object.keys(ALARMS));
    for (const { name, alarms } of drills)
      for (const key of [...alarms.rings, ...(alarms.inFull ?? []), ...(alarms.may ?? [])])
        assert.ok(known.has(key), `${name}: ${key}`);
  });
});

describe("an alarm that watches what nothing emits", () => {
  const simple = "aws_cloudwatch_metric_alarm";
  /** A copy of the stack in which one alarm is changed. */
  function changed(key: string, change: (alarm: Json) => void): () => Blueprint {
    const copy = structuredClone(stack);
    const alarm = Object.values<Json>(copy.resource[simple]).find(({ alarm_name }) =>
      alarm_name.startsWith(`alarm-${key}-`),
    );
    change(alarm);
    return () => readBlueprint(copy);
  }
  const changes: [string, string, (alarm: Json) => void, RegExp][] = [
    [
      "metric",
      "bypass",
      (alarm) => (alarm.metric_name = "Bypasses"),
      /nothing emits AWS\/ApplicationELB\/Bypasses by LoadBalancer/,
    ],
    [
      "namespace",
      "service-cpu",
      (alarm) => (alarm.namespace = "AWS/Fargate"),
      /nothing emits AWS\/Fargate\/CPUUtilization/,
    ],
    [
      "dimension",
      "service-cpu",
      (alarm) => delete alarm.dimensions.ServiceName,
      /nothing emits .* by ClusterName/,
    ],
    [
      "value of a dimension",
      "writer-cpu",
      (alarm) => (alarm.dimensions.Role = "OWNER"),
      /nothing emits .*Role=OWNER/,
    ],
    [
      "resource",
      "bypass",
      (alarm) => (alarm.dimensions.LoadBalancer = "app/another/1"),
      /nothing emits .*LoadBalancer=app\/another\/1/,
    ],
    [
      "statistic",
      "service-cpu",
      (alarm) => (alarm.statistic = "Sum"),
      /"Sum" says nothing of AWS\/ECS\/CPUUtilization/,
    ],
    ["region", "edge-errors", (alarm) => delete alarm.provider, /is kept in us-east-1/],
    [
      "id in the expression",
      "api-errors",
      (alarm) => (alarm.metric_query[0].expression = "a / requests"),
      /uses "a"/,
    ],
    ["expression", "api-errors", (alarm) => (alarm.metric_query[0].expression = "requests +"), /its end/],
    ["comparison", "bypass", (alarm) => (alarm.comparison_operator = "Above"), /"Above" is not known/],
    ["period", "bypass", (alarm) => (alarm.period = 10), /whole minutes/],
  ];
  for (const [what, key, change, message] of changes) {
    it(`by its ${what} is an error that names it`, () => {
      assert.throws(changed(key, change), (error: Error) => {
        assert.match(error.message, /^aws_cloudwatch_metric_alarm\.\w+: /);
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it("as a composite of one that does not exist is an error, and of two that do it is read", () => {
    const composite = (alarm_rule: string) => ({
      ...stack,
      resource: {
        ...stack.resource,
        aws_cloudwatch_composite_alarm: { Both: { alarm_name: "alarm-both-dev", alarm_rule } },
      },
    });
    const [first, second] = blueprint.alarms.metric.map(({ name }) => name);
    const { alarms } = readBlueprint(composite(`ALARM("${first}") AND NOT OK(${second})`));
    assert.deepEqual(alarms.composite[0]?.rule.names, [first, second]);
    assert.throws(() => readBlueprint(composite("ALARM(nobody)")), /Both: alarm_rule: asks for "nobody"/);
    assert.throws(() => readBlueprint(composite("ALARM(")), /Both: alarm_rule: /);
  });
});

describe("what a drill expects of the alarms", () => {
  const verdict = (...args: Parameters<typeof alarmChecks>) => alarmChecks(...args).map(({ ok }) => ok);

  it("is that those ring which it names, and no other", () => {
    assert.deepEqual(verdict({ rings: ["a"] }, ["a"], false), [true, true]);
    assert.deepEqual(verdict({ rings: ["a"] }, [], false), [false, true]);
    assert.deepEqual(verdict({ rings: [] }, ["b"], false), [true, false]);
    assert.deepEqual(verdict({ rings: ["a"], may: ["b"] }, ["b", "a"], false), [true, true]);
    assert.deepEqual(verdict({ rings: [], inFull: ["a"] }, [], false), [false, true]);
    assert.deepEqual(verdict({ rings: [], inFull: ["a"] }, ["a"], false), [true, true]);
    for (const rang of [[], ["a"]])
      assert.deepEqual(verdict({ rings: [], inFull: ["a"] }, rang, true), [true, true]);
    assert.deepEqual(verdict({ rings: [] }, ["slow-answers"], false), [true, false]);
    assert.deepEqual(verdict({ rings: [] }, ["slow-answers"], true), [true, true]);
  });

  it("is said by keys, without the environment's suffix", () => {
    const names = ["alarm-api-errors-pr-12", "alarm-bypass-pr-12"];
    assert.deepEqual([...keysOf(names).values()], ["api-errors", "bypass"]);
  });
});
