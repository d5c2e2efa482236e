import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { kindOf, Stack, ValidationError } from "../core/index.ts";
import { type IMetric, Metric } from "./metric.ts";

export interface IAlarmAction {
  readonly topicArn: string;
}

export interface AlarmProps {
  readonly metric: IMetric;
  /** What it means and what to do, for whoever is woken by it. */
  readonly alarmDescription: string;
  readonly threshold: number;
  /** @default "GreaterThanThreshold" */
  readonly comparisonOperator?:
    | "GreaterThanThreshold"
    | "GreaterThanOrEqualToThreshold"
    | "LessThanThreshold"
    | "LessThanOrEqualToThreshold";
  /** Periods that are looked at. */
  readonly evaluationPeriods: number;
  /** @default - all of them */
  readonly datapointsToAlarm?: number;
  /** What a period without data counts as. @default "notBreaching" */
  readonly treatMissingData?: "breaching" | "notBreaching" | "ignore" | "missing";
}

/** An alarm on a metric, or on what is computed from some, in their region. */
export class Alarm extends Construct {
  readonly alarmArn: string;
  readonly alarmName: string;
  /** Where it is; undefined for the stack's own region. */
  readonly region?: string;
  readonly #resource: aws.CloudwatchMetricAlarm;
  readonly #alarmActions: string[] = [];
  readonly #okActions: string[] = [];

  /** @throws ValidationError when more data points are asked for than periods are looked at. */
  constructor(scope: Construct, id: string, props: AlarmProps) {
    super(scope, id);
    const { metric, evaluationPeriods, datapointsToAlarm = evaluationPeriods } = props;
    if (datapointsToAlarm > evaluationPeriods) {
      throw new ValidationError(
        this,
        `datapointsToAlarm ${datapointsToAlarm} is above evaluationPeriods ${evaluationPeriods}.`,
      );
    }
    const stack = Stack.of(this);
    this.region = metric.region;
    const name = stack.names.for(kindOf(id, "alarm"));
    this.#resource = new aws.CloudwatchMetricAlarm(this, "Resource", {
      provider: metric.region ? stack.providerFor(metric.region) : undefined,
      alarmName: name,
      alarmDescription: props.alarmDescription,
      ...(metric instanceof Metric ? onOne(metric) : { metricQuery: metric.toQueries() }),
      threshold: props.threshold,
      comparisonOperator: props.comparisonOperator ?? "GreaterThanThreshold",
      evaluationPeriods,
      datapointsToAlarm,
      treatMissingData: props.treatMissingData ?? "notBreaching",
      tags: { Name: name },
    });
    this.alarmArn = this.#resource.arn;
    this.alarmName = this.#resource.alarmName;
  }

  /** Tells a topic of the alarm's region when the alarm goes off. */
  addAlarmAction({ topicArn }: IAlarmAction): void {
    this.#alarmActions.push(topicArn);
    this.#resource.alarmActions = this.#alarmActions;
  }

  /** Tells a topic of the alarm's region when the alarm is over. */
  addOkAction({ topicArn }: IAlarmAction): void {
    this.#okActions.push(topicArn);
    this.#resource.okActions = this.#okActions;
  }
}

/** What AWS calls extended are the statistics that are no plain ones: percentiles and their like. */
function onOne(metric: Metric) {
  const plain = /^[A-Z][A-Za-z]+$/.test(metric.statistic);
  return {
    namespace: metric.namespace,
    metricName: metric.metricName,
    dimensions: { ...metric.dimensions },
    period: metric.period.toSeconds(),
    statistic: plain ? metric.statistic : undefined,
    extendedStatistic: plain ? undefined : metric.statistic,
    // A percentile of a few datapoints says nothing: the alarm stays as it is.
    evaluateLowSampleCountPercentiles: plain ? undefined : "ignore",
  };
}
