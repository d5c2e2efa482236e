import { MathExpression, type Metric } from "../../aws/cloudwatch/index.ts";
import type { Duration } from "../../aws/core/index.ts";

/** Failures in a period up to which a rate says nothing: one failed request of ten at night is no outage. */
const NOISE = 5;

export interface RateProps {
  readonly label: string;
  readonly failures: Metric;
  /** All of them, failures included. */
  readonly requests: Metric;
  /** @default Duration.minutes(1) */
  readonly period?: Duration;
  /** Failures in a period up to which the rate is 0. @default 5 */
  readonly noise?: number;
}

/** Per cent of the requests that failed. CloudWatch has no datapoint of a count while it is 0: `FILL` puts it there. */
export function failureRate({ label, failures, requests, period, noise = NOISE }: RateProps): MathExpression {
  return new MathExpression({
    label,
    expression: `IF(FILL(failures, 0) > ${noise}, 100 * FILL(failures, 0) / requests, 0)`,
    usingMetrics: { failures, requests },
    period,
  });
}

/** A rate that CloudFront has computed, in per cent, where it is of enough requests to mean anything. */
export function significant(props: Omit<RateProps, "failures"> & { readonly rate: Metric }): MathExpression {
  const { label, rate, requests, period, noise = NOISE } = props;
  return new MathExpression({
    label,
    expression: `IF(rate * requests / 100 > ${noise}, rate, 0)`,
    usingMetrics: { rate, requests },
    period,
  });
}
