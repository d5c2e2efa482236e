import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { kindOf, Stack, ValidationError } from "../core/index.ts";
import type { Metric } from "./metric.ts";

export interface IAlarmAction {
  readonly topicArn: string;
}

export interface AlarmProps {
  readonly metric: Metric;
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

/** An alarm on one metric, in the metric's region. */
export class Alarm extends Construct {
  readonly alarmArn: string;
  readonly #resource: aws.CloudwatchMetricAlarm;

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
    const name = stack.names.for(kindOf(id, "alarm"));
    const percentile = /^p\d/.test(metric.statistic);
    this.#resource = new aws.CloudwatchMetricAlarm(this, "Resource", {
      provider: metric.region ? stack.providerFor(metric.region) : undefined,
      alarmName: name,
      alarmDescription: props.alarmDescription,
      namespace: metric.namespace,
      metricName: metric.metricName,
      dimensions: { ...metric.dimensions },
      period: metric.period.toSeconds(),
      statistic: percentile ? undefined : metric.statistic,
      extendedStatistic: percentile ? metric.statistic : undefined,
      threshold: props.threshold,
      comparisonOperator: props.comparisonOperator ?? "GreaterThanThreshold",
      evaluationPeriods,
      datapointsToAlarm,
      treatMissingData: props.treatMissingData ?? "notBreaching",
      tags: { Name: name },
    });
    this.alarmArn = this.#resource.arn;
  }

  /** Tells `action` when the alarm goes off and when it is over. The topic must be in the alarm's region. */
  addAction(action: IAlarmAction): void {
    this.#resource.alarmActions = [action.topicArn];
    this.#resource.okActions = [action.topicArn];
  }
}
