import {
  type Block,
  type Configuration,
  type Json,
  type JsonObject,
  valuesAt,
} from "../local/terraform-json/index.ts";
import { withoutSuffix } from "./audit/naming.ts";

/** One metric that an alarm looks at. */
export interface Series {
  /** Its name in the alarm's expression. */
  readonly id: string;
  readonly namespace: string;
  readonly metricName: string;
  /** Expressions as they stand in the configuration. */
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: string;
  /** Seconds. */
  readonly period: number;
}

/** An alarm as the configuration has it. */
export interface AlarmDefinition {
  readonly block: Block;
  /** `api-errors` of `alarm-api-errors-<suffix>`. */
  readonly key: string;
  readonly series: readonly Series[];
  /** In metric maths; undefined when the one series itself is looked at. */
  readonly expression?: string;
  /** Seconds. */
  readonly period: number;
  /** Minutes from the first bad datapoint's period on until it rings. */
  readonly minutes: number;
}

/** The alarms of a configuration that tell somebody; those that scale tell nobody. @param suffix the environment's */
export function alarmsOf(config: Configuration, suffix: string | undefined): AlarmDefinition[] {
  const telling = config
    .of("aws_cloudwatch_metric_alarm")
    .filter((alarm) => config.targets(alarm.all("alarm_actions"), "aws_appautoscaling_policy").length === 0);
  return telling.map((block) => {
    const queries = block.blocks("metric_query");
    const series = seriesOfAlarm(block);
    const period = Math.max(...series.map((each) => each.period));
    const expression = queries.find((query) => query.expression !== undefined)?.expression;
    return {
      block,
      key: withoutSuffix(config.resolve(block.get("alarm_name")), suffix).replace(/^alarm-/, ""),
      series,
      ...(expression !== undefined && { expression: String(expression) }),
      period,
      minutes: (period * block.number("datapoints_to_alarm")) / 60,
    };
  });
}

/** The metrics that an alarm looks at. */
export function seriesOfAlarm(block: Block): Series[] {
  const queries = block.blocks("metric_query");
  return queries.length > 0
    ? queries.filter(({ metric }) => metric !== undefined).map(ofQuery)
    : [ofBlock(block)];
}

function ofBlock(block: Block): Series {
  return seriesOf("value", block.body, block.get("statistic") ?? block.get("extended_statistic"));
}

function ofQuery(query: JsonObject): Series {
  const [metric] = valuesAt(query, "metric") as JsonObject[];
  return seriesOf(String(query.id), metric ?? {}, metric?.stat);
}

function seriesOf(id: string, from: JsonObject, statistic: Json | undefined): Series {
  return {
    id,
    namespace: String(from.namespace),
    metricName: String(from.metric_name),
    dimensions: (from.dimensions ?? {}) as Record<string, string>,
    statistic: String(statistic),
    period: Number(from.period),
  };
}
