import { isMeaningful, type KnownMetric, knownMetric } from "../../local/cloudwatch/metrics.ts";
import { CLOUDFRONT_PROVIDER, CLOUDFRONT_REGION } from "../../local/regions.ts";
import type { Configuration, Json } from "../../local/terraform-json/index.ts";
import type { Series } from "../alarms.ts";
import { environmentOf, essential } from "./container.ts";

/** Whether somebody emits the series: the metric, its dimensions, its statistic, where it is kept. */
export function isEmitted(config: Configuration, series: Series, provider: Json | undefined): boolean {
  const known = knownMetric(series.namespace, series.metricName, Object.keys(series.dimensions));
  return (
    known !== undefined &&
    isMeaningful(known, series.statistic) &&
    Object.entries(known.dimensions).every(([name, wanted]) =>
      isDimension(config, series.dimensions[name], wanted),
    ) &&
    isInItsRegion(known, series, provider)
  );
}

function isDimension(
  config: Configuration,
  value: string | undefined,
  wanted: string | readonly string[],
): boolean {
  if (typeof wanted === "string") {
    const [type, attribute] = wanted.split(".") as [string, string];
    const [target] = config.targets(value, type);
    return target !== undefined && value === `\${${target.address}.${attribute}}`;
  }
  if (wanted.includes("SERVICE_NAME")) {
    return config
      .of("aws_ecs_task_definition")
      .some((task) =>
        essential(task).some((container) => environmentOf(container).get("SERVICE_NAME") === value),
      );
  }
  if (wanted.includes("CERTIFICATE_ARN")) {
    return [
      ...config.of("aws_lb_listener").map((each) => each.get("certificate_arn")),
      ...config
        .of("aws_cloudfront_distribution")
        .map((each) => each.get("viewer_certificate.acm_certificate_arn")),
    ].includes(value);
  }
  return value !== undefined && wanted.includes(value);
}

function isInItsRegion(known: KnownMetric, { dimensions }: Series, provider: Json | undefined): boolean {
  if (known.region === "of its resource") {
    const arn = dimensions.CertificateArn;
    return arn === undefined || arn.includes(`:${CLOUDFRONT_REGION}:`) === (provider === CLOUDFRONT_PROVIDER);
  }
  return (known.region === CLOUDFRONT_REGION) === (provider === CLOUDFRONT_PROVIDER);
}
