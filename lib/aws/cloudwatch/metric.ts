import type { CloudwatchMetricAlarmMetricQuery } from "../bindings.ts";
import { Duration, UserError } from "../core/index.ts";

export interface MetricOptions {
  /**
   * Average, Sum, Minimum, Maximum, SampleCount, a percentile such as `p99`, or the share of values in a range in per
   * cent, such as `PR(:1)`.
   */
  readonly statistic?: string;
  /** @default Duration.minutes(1) */
  readonly period?: Duration;
  /** @default - the metric's name */
  readonly label?: string;
}

export interface MetricProps extends MetricOptions {
  readonly namespace: string;
  readonly metricName: string;
  readonly statistic: string;
  readonly dimensions: Record<string, string>;
  /**
   * Where the metric is kept, and so where its alarms must be.
   * @default - the stack's region
   */
  readonly region?: string;
}

/** What alarms watch and dashboards draw: a metric, or what is computed from some. */
export type IMetric = Metric | MathExpression;

/** A time series in CloudWatch. Constructs hand out their own, so that an alarm cannot watch a name that nothing emits. */
export class Metric {
  readonly namespace: string;
  readonly metricName: string;
  readonly statistic: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly period: Duration;
  readonly label: string;
  readonly region?: string;

  constructor(props: MetricProps) {
    this.namespace = props.namespace;
    this.metricName = props.metricName;
    this.statistic = props.statistic;
    this.dimensions = props.dimensions;
    this.period = props.period ?? Duration.minutes(1);
    this.label = props.label ?? props.metricName;
    this.region = props.region;
  }

  /** The same metric with other options. */
  with(options: MetricOptions): Metric {
    return new Metric({ ...this, ...options });
  }

  /** The metric as a line of a dashboard widget. @param more `yAxis`, or `id` and `visible` for an expression's sake */
  toGraphJson(defaultRegion: string, more: object): unknown[][] {
    return [
      [
        this.namespace,
        this.metricName,
        ...Object.entries(this.dimensions).flat(),
        {
          stat: this.statistic,
          period: this.period.toSeconds(),
          label: this.label,
          region: this.region ?? defaultRegion,
          ...more,
        },
      ],
    ];
  }
}

export interface MathExpressionProps {
  /** In CloudWatch's metric maths, for example `100 * errors / FILL(requests, 0)`. */
  readonly expression: string;
  /** What the names in the expression stand for: lower-case first letter, then letters, digits, underscores. */
  readonly usingMetrics: Readonly<Record<string, Metric>>;
  readonly label: string;
  /** Of every metric in it. @default Duration.minutes(1) */
  readonly period?: Duration;
}

/** A time series that CloudWatch computes from others of one region. */
export class MathExpression {
  readonly expression: string;
  readonly usingMetrics: Readonly<Record<string, Metric>>;
  readonly label: string;
  readonly period: Duration;
  readonly region?: string;

  /** @throws UserError for a name that CloudWatch does not take, and for metrics of more than one region. */
  constructor(props: MathExpressionProps) {
    this.expression = props.expression;
    this.label = props.label;
    this.period = props.period ?? Duration.minutes(1);
    const entries = Object.entries(props.usingMetrics);
    const misnamed = entries.find(([id]) => !/^[a-z]\w*$/.test(id));
    if (misnamed)
      throw new UserError(`'${misnamed[0]}' is no id of a metric: begin with a lower-case letter.`);
    const regions = new Set(entries.map(([, { region }]) => region));
    if (regions.size !== 1) {
      throw new UserError(
        `'${props.label}' computes with metrics of ${regions.size} regions: use those of one.`,
      );
    }
    this.region = entries[0]![1].region;
    this.usingMetrics = Object.fromEntries(
      entries.map(([id, metric]) => [id, metric.with({ period: this.period })]),
    );
  }

  /** The queries of an alarm: each metric, and the expression, which alone is looked at. */
  toQueries(): CloudwatchMetricAlarmMetricQuery[] {
    return [
      { id: "result", expression: this.expression, label: this.label, returnData: true },
      ...Object.entries(this.usingMetrics).map(([id, metric]) => ({
        id,
        returnData: false,
        metric: {
          namespace: metric.namespace,
          metricName: metric.metricName,
          dimensions: { ...metric.dimensions },
          period: this.period.toSeconds(),
          stat: metric.statistic,
        },
      })),
    ];
  }

  /**
   * The expression and its metrics as lines of a dashboard widget.
   *
   * @param prefix makes the metrics' names unique in the widget, for example `a1`
   */
  toGraphJson(defaultRegion: string, more: object, prefix: string): unknown[][] {
    const ids = Object.keys(this.usingMetrics);
    const expression = ids.reduce(
      (text, id) => text.replaceAll(new RegExp(`\\b${id}\\b`, "g"), `${prefix}${id}`),
      this.expression,
    );
    return [
      [
        {
          expression,
          label: this.label,
          id: `${prefix}result`,
          region: this.region ?? defaultRegion,
          ...more,
        },
      ],
      ...Object.entries(this.usingMetrics).flatMap(([id, metric]) =>
        metric.toGraphJson(defaultRegion, { id: `${prefix}${id}`, visible: false }),
      ),
    ];
  }
}
