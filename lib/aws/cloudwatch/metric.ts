import { Duration } from "../core/index.ts";

export interface MetricOptions {
  /** Average, Sum, Minimum, Maximum, SampleCount, or a percentile such as `p99`. */
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

  /** The metric as a line of a dashboard widget. */
  toGraphJson(defaultRegion: string): unknown[] {
    return [
      this.namespace,
      this.metricName,
      ...Object.entries(this.dimensions).flat(),
      {
        stat: this.statistic,
        period: this.period.toSeconds(),
        label: this.label,
        region: this.region ?? defaultRegion,
      },
    ];
  }
}
