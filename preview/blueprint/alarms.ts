/** Reads the alarms: what each watches, and when it rings. */

import { COMPARISONS } from "../../local/cloudwatch/comparisons.ts";
import { type Expression, parseExpression } from "../../local/cloudwatch/math.ts";
import { isMeaningful, type KnownMetric, knownMetric } from "../../local/cloudwatch/metrics.ts";
import { CLOUDFRONT_PROVIDER, CLOUDFRONT_REGION } from "../../local/regions.ts";
import { type AlarmRule, parseAlarmRule } from "./alarm-rule.ts";
import { type Dimensions, type Emitted, identityOf } from "./emitted.ts";
import type { Block, Stack } from "./stack.ts";

export interface WatchedSeries {
  /** Its name in the expression. */
  id: string;
  identity: string;
  statistic: string;
}

/** What a period without a datapoint counts as. */
export const MISSING = ["breaching", "notBreaching", "ignore", "missing"] as const;

interface Named {
  address: string;
  name: string;
  description: string;
}

export type MetricAlarm = Named & {
  series: WatchedSeries[];
  /** Of the series, by their ids. */
  expression: Expression;
  /** Seconds. */
  period: number;
  evaluationPeriods: number;
  datapointsToAlarm: number;
  comparison: keyof typeof COMPARISONS;
  threshold: number;
  missing: (typeof MISSING)[number];
  /** AWS's page on a metric of it that nothing here measures: such an alarm is not evaluated. */
  awsAlone: string | undefined;
};

export type CompositeAlarm = Named & { rule: AlarmRule };

export interface AlarmBlueprints {
  metric: MetricAlarm[];
  composite: CompositeAlarm[];
}

/**
 * @param emitted what the preview measures
 * @throws {BlueprintError} for an alarm that watches what nothing emits, and for one that the preview cannot evaluate
 */
export function readAlarms(stack: Stack, emitted: Emitted): AlarmBlueprints {
  const metric = stack.all("aws_cloudwatch_metric_alarm").map((alarm) => readMetricAlarm(alarm, emitted));
  const composites = stack.all("aws_cloudwatch_composite_alarm");
  const names = new Set([
    ...metric.map(({ name }) => name),
    ...composites.map((each) => each.text("alarm_name")),
  ]);
  return { metric, composite: composites.map((alarm) => readCompositeAlarm(alarm, names)) };
}

function readMetricAlarm(alarm: Block, emitted: Emitted): MetricAlarm {
  const watched = readSeries(alarm, emitted);
  const evaluationPeriods = alarm.number("evaluation_periods");
  const [period, ...others] = new Set(watched.map((each) => each.period));
  if (period === undefined || others.length > 0 || period % 60 !== 0)
    throw alarm.error(
      "metric_query",
      "should have one period, of whole minutes: the preview evaluates no other",
    );
  return {
    ...readNamed(alarm),
    series: watched.map(({ id, identity, statistic }) => ({ id, identity, statistic })),
    expression: readExpression(
      alarm,
      watched.map(({ id }) => id),
    ),
    period,
    evaluationPeriods,
    datapointsToAlarm: alarm.number("datapoints_to_alarm", evaluationPeriods),
    comparison: choice(alarm, "comparison_operator", Object.keys(COMPARISONS) as MetricAlarm["comparison"][]),
    threshold: alarm.number("threshold"),
    missing: choice(alarm, "treat_missing_data", MISSING, "missing"),
    awsAlone: watched.map(({ known }) => known.awsAlone).find((page) => page !== undefined),
  };
}

function readNamed(alarm: Block): Named {
  return {
    address: alarm.address,
    name: alarm.text("alarm_name"),
    description: alarm.text("alarm_description", ""),
  };
}

type ReadSeries = WatchedSeries & { period: number; known: KnownMetric };

/** The id of the one series of an alarm that has no expression. */
const ALONE = "value";

function readSeries(alarm: Block, emitted: Emitted): ReadSeries[] {
  const queries = alarm
    .list("metric_query")
    .flatMap((_, index) =>
      alarm.raw(`metric_query.${index}.metric`) === undefined ? [] : [`metric_query.${index}`],
    );
  if (queries.length === 0) return [readOne(alarm, "", ALONE, emitted)];
  return queries.map((path) => readOne(alarm, `${path}.metric.`, alarm.text(`${path}.id`), emitted));
}

/** @param path of the metric's settings, with its dot */
function readOne(alarm: Block, path: string, id: string, emitted: Emitted): ReadSeries {
  const namespace = alarm.text(`${path}namespace`);
  const metricName = alarm.text(`${path}metric_name`);
  const statistic =
    path === "" ? alarm.text("statistic", alarm.text("extended_statistic", "")) : alarm.text(`${path}stat`);
  const raw = (alarm.raw(`${path}dimensions`) ?? {}) as Record<string, unknown>;
  const known = knownMetric(namespace, metricName, Object.keys(raw));
  const metric = `${namespace}/${metricName}`;
  if (!known) {
    const by = Object.keys(raw).join(", ") || "no dimension";
    throw alarm.error(
      `${path}metric_name`,
      `nothing emits ${metric} by ${by}, so that the alarm would never ring`,
    );
  }
  if (!isMeaningful(known, statistic))
    throw alarm.error(
      path === "" ? "statistic" : `${path}stat`,
      `"${statistic}" says nothing of ${metric}: choose ${known.statistics.join(" or ")}`,
    );
  const inEdgeRegion = alarm.raw("provider") === CLOUDFRONT_PROVIDER;
  if (known.region !== "of its resource" && (known.region === CLOUDFRONT_REGION) !== inEdgeRegion)
    throw alarm.error(
      "provider",
      `${metric} is kept in ${known.region ?? stackRegion(alarm)}, where this alarm is not`,
    );
  const identity = known.awsAlone ? metric : emittedIdentity(alarm, `${path}dimensions`, known, emitted);
  return { id, identity, statistic, period: alarm.number(`${path}period`), known };
}

const stackRegion = ({ stack }: Block) => stack.region;

function emittedIdentity(alarm: Block, path: string, known: KnownMetric, emitted: Emitted): string {
  const dimensions = Object.fromEntries(
    Object.entries(alarm.value(path) as Dimensions).map(([name, value]) => [name, String(value)]),
  );
  const identity = identityOf(known.namespace, known.metricName, dimensions);
  if (!emitted.has(identity))
    throw alarm.error(path, `nothing emits ${identity}, so that the alarm would never ring`);
  return identity;
}

function readExpression(alarm: Block, ids: readonly string[]): Expression {
  const at = alarm
    .list("metric_query")
    .findIndex((_, index) => alarm.raw(`metric_query.${index}.expression`) !== undefined);
  if (at < 0) {
    if (ids.length > 1) throw alarm.error("metric_query", "has several metrics and no expression of them");
    return parseExpression(ids[0]!);
  }
  const path = `metric_query.${at}.expression`;
  const expression = parsed(alarm, path, parseExpression);
  const unknown = expression.ids.find((id) => !ids.includes(id));
  if (unknown) throw alarm.error(path, `uses "${unknown}", which is no id of a metric beside it`);
  return expression;
}

function readCompositeAlarm(alarm: Block, names: ReadonlySet<string>): CompositeAlarm {
  const rule = parsed(alarm, "alarm_rule", parseAlarmRule);
  const unknown = rule.names.find((name) => !names.has(name));
  if (unknown) throw alarm.error("alarm_rule", `asks for "${unknown}", which is no alarm of the stack`);
  return { ...readNamed(alarm), rule };
}

/** @throws {BlueprintError} for a text that the parser cannot read, with what it says of it */
function parsed<T>(alarm: Block, path: string, parse: (text: string) => T): T {
  try {
    return parse(alarm.text(path));
  } catch (error) {
    if (error instanceof SyntaxError) throw alarm.error(path, error.message);
    throw error;
  }
}

function choice<T extends string>(alarm: Block, path: string, choices: readonly T[], otherwise?: T): T {
  const value = alarm.text(path, otherwise);
  const found = choices.find((each) => each === value);
  if (!found) throw alarm.error(path, `"${value}" is not known to the preview: choose ${choices.join(", ")}`);
  return found;
}
