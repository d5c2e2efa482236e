import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { Metric, type MetricOptions } from "../cloudwatch/index.ts";
import { Duration, kindOf, Stack, ValidationError } from "../core/index.ts";
import type { Vpc } from "../ec2/index.ts";
import type { ApplicationLoadBalancer } from "./application-load-balancer.ts";

export interface HealthCheck {
  readonly path: string;
  /**
   * Time between two checks of a target, 5–300 s.
   * @default Duration.seconds(30)
   */
  readonly interval?: Duration;
  /**
   * How long an answer may take, 2–120 s and less than the interval.
   * @default Duration.seconds(5)
   */
  readonly timeout?: Duration;
  /**
   * Passed checks in a row until an unhealthy target counts as healthy, 2–10. A new target is in after its first.
   * @default 2
   */
  readonly healthyThresholdCount?: number;
  /**
   * Failed checks in a row until a target counts as unhealthy, 2–10.
   * @default 2
   */
  readonly unhealthyThresholdCount?: number;
}

export interface ApplicationTargetGroupProps {
  readonly vpc: Vpc;
  /** Port of the targets. */
  readonly port: number;
  readonly healthCheck: HealthCheck;
  /**
   * How long a target that leaves may finish its requests, 0–3600 s.
   * @default Duration.seconds(300)
   */
  readonly deregistrationDelay?: Duration;
  /** @default "round_robin" */
  readonly loadBalancingAlgorithmType?: "round_robin" | "least_outstanding_requests";
}

/** HTTP targets by IP address, as Fargate tasks are. */
export class ApplicationTargetGroup extends Construct {
  readonly targetGroupArn: string;
  readonly targetGroupFullName: string;
  readonly port: number;
  #balancer?: ApplicationLoadBalancer;

  /** @throws ValidationError when the health check's time-out is not shorter than its interval, or a count is out of range. */
  constructor(scope: Construct, id: string, props: ApplicationTargetGroupProps) {
    super(scope, id);
    const { healthCheck, deregistrationDelay = Duration.seconds(300) } = props;
    const { interval = Duration.seconds(30), timeout = Duration.seconds(5) } = healthCheck;
    const { healthyThresholdCount = 2, unhealthyThresholdCount = 2 } = healthCheck;
    if (timeout.toSeconds() >= interval.toSeconds()) {
      throw new ValidationError(
        this,
        `health check timeout ${timeout.toSeconds()} s is not shorter than its interval ${interval.toSeconds()} s. Shorten timeout.`,
      );
    }
    for (const [prop, count] of Object.entries({ healthyThresholdCount, unhealthyThresholdCount })) {
      if (count < 2 || count > 10)
        throw new ValidationError(this, `${prop} ${count} is not possible: use 2 to 10.`);
    }
    // Port and VPC of a target group cannot be changed. A replacement must be there before the listener lets go of the
    // old one, so the name (32 characters at most) carries the port.
    const name = Stack.of(this).names.for(`${kindOf(id, "tg")}-${props.port}`, 32);
    const group = new aws.LbTargetGroup(this, "Resource", {
      name,
      targetType: "ip",
      protocol: "HTTP",
      port: props.port,
      vpcId: props.vpc.vpcId,
      deregistrationDelay: String(deregistrationDelay.toSeconds()),
      loadBalancingAlgorithmType: props.loadBalancingAlgorithmType ?? "round_robin",
      healthCheck: {
        enabled: true,
        protocol: "HTTP",
        port: "traffic-port",
        path: healthCheck.path,
        interval: interval.toSeconds(),
        timeout: timeout.toSeconds(),
        healthyThreshold: healthyThresholdCount,
        unhealthyThreshold: unhealthyThresholdCount,
        matcher: "200",
      },
      lifecycle: { createBeforeDestroy: true },
      tags: { Name: name },
    });
    this.targetGroupArn = group.arn;
    this.targetGroupFullName = group.arnSuffix;
    this.port = props.port;
  }

  /** Used by the listener: metrics of a target group are kept by balancer. */
  attachTo(balancer: ApplicationLoadBalancer): void {
    this.#balancer = balancer;
  }

  /** The balancer whose listener forwards here. @throws ValidationError when there is none yet. */
  get loadBalancer(): ApplicationLoadBalancer {
    if (!this.#balancer)
      throw new ValidationError(this, "no listener forwards to it yet: add it to a listener's action first.");
    return this.#balancer;
  }

  /** Targets that fail their health check. */
  metricUnhealthyHostCount(options?: MetricOptions): Metric {
    return this.#metric("UnHealthyHostCount", "Maximum", options);
  }

  metricHealthyHostCount(options?: MetricOptions): Metric {
    return this.#metric("HealthyHostCount", "Minimum", options);
  }

  /** Seconds from the request leaving the balancer to the first byte of the answer. */
  metricTargetResponseTime(options?: MetricOptions): Metric {
    return this.#metric("TargetResponseTime", "p99", options);
  }

  /** 5xx answers that the targets gave. */
  metricHttpCodeTarget5xx(options?: MetricOptions): Metric {
    return this.#metric("HTTPCode_Target_5XX_Count", "Sum", options);
  }

  /** Requests that were sent to a target. */
  metricRequestCount(options?: MetricOptions): Metric {
    return this.#metric("RequestCount", "Sum", options);
  }

  #metric(metricName: string, statistic: string, options?: MetricOptions): Metric {
    return new Metric({
      namespace: "AWS/ApplicationELB",
      metricName,
      statistic,
      dimensions: {
        LoadBalancer: this.loadBalancer.loadBalancerFullName,
        TargetGroup: this.targetGroupFullName,
      },
      ...options,
    });
  }
}
