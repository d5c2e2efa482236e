import type { TerraformResource } from "cdktn";
import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { Metric, type MetricOptions } from "../cloudwatch/index.ts";
import { type Duration, type IDependable, Stack, ValidationError } from "../core/index.ts";
import { type IGrantable, PolicyStatement } from "../iam/index.ts";

/**
 * What CloudWatch Logs accepts; never "never".
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
 */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

export interface LogGroupProps {
  /** Full name. It must hold the environment suffix. */
  readonly logGroupName: string;
  /**
   * How long events are kept.
   * @default - the stack's
   */
  readonly retention?: Duration;
  /**
   * Where the group is made.
   * @default - the stack's region
   */
  readonly region?: string;
}

/** A CloudWatch log group. Without `destroyable` on the stack it is left behind by a destroy. */
export class LogGroup extends Construct implements IDependable {
  readonly logGroupName: string;
  readonly logGroupArn: string;
  /** Undefined for the stack's own. */
  readonly region?: string;
  readonly dependables: readonly TerraformResource[];

  /** @throws ValidationError for a retention that CloudWatch Logs does not offer. */
  constructor(scope: Construct, id: string, props: LogGroupProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const days = (props.retention ?? stack.logRetention).toDays();
    if (!RETENTION_DAYS.includes(days)) {
      throw new ValidationError(
        this,
        `retention of ${days} days is not offered: use one of ${RETENTION_DAYS.join(", ")}.`,
      );
    }
    const group = new aws.CloudwatchLogGroup(this, "Resource", {
      provider: props.region ? stack.providerFor(props.region) : undefined,
      name: props.logGroupName,
      retentionInDays: days,
      skipDestroy: stack.destroyable ? undefined : true,
      tags: { Name: props.logGroupName },
    });
    this.dependables = [group];
    this.region = props.region;
    this.logGroupName = group.name;
    this.logGroupArn = group.arn;
  }

  /**
   * Lets the grantee find the group and its streams, as services do before they write.
   * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
   */
  grantDescribe(grantee: IGrantable): void {
    grantee.addToPolicy(
      new PolicyStatement({
        actions: ["logs:DescribeLogGroups"],
        resources: ["*"], // a list of the account, without resource-level permission
      }),
    );
    grantee.addToPolicy(
      new PolicyStatement({
        actions: ["logs:DescribeLogStreams"],
        resources: [`${this.logGroupArn}:*`],
      }),
    );
  }

  /** Lets the grantee make streams and write events. */
  grantWrite(grantee: IGrantable): void {
    grantee.addToPolicy(
      new PolicyStatement({
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [`${this.logGroupArn}:*`],
      }),
    );
  }

  /** Events that came in. Missing, not 0, while none does. */
  metricIncomingLogEvents(options?: MetricOptions): Metric {
    return this.#metric("IncomingLogEvents", options);
  }

  /** Uncompressed bytes that came in: what ingestion is charged by. */
  metricIncomingBytes(options?: MetricOptions): Metric {
    return this.#metric("IncomingBytes", options);
  }

  #metric(metricName: string, options?: MetricOptions): Metric {
    return new Metric({
      namespace: "AWS/Logs",
      metricName,
      statistic: "Sum",
      dimensions: { LogGroupName: this.logGroupName },
      region: this.region,
      ...options,
    });
  }
}
