/** The time series that the preview measures: those of `METRICS` that are not AWS's alone, by the dimensions of this stack. */
import { type KnownMetric, METRICS } from "../../local/cloudwatch/metrics.ts";
import type { ServiceBlueprint } from "./service.ts";
import type { Stack } from "./stack.ts";

export type Dimensions = Readonly<Record<string, string>>;

/** One series, as CloudWatch tells it from others: by namespace, metric and dimensions, in whatever order. */
export function identityOf(namespace: string, metricName: string, dimensions: Dimensions): string {
  const pairs = Object.entries(dimensions).map(([name, value]) => `${name}=${value}`);
  return `${namespace}/${metricName} of ${pairs.toSorted().join(", ")}`;
}

/** What is measured, by its identity. */
export type Emitted = ReadonlyMap<string, KnownMetric>;

/** @param service whose container says by which name the API counts */
export function readEmitted(stack: Stack, service: ServiceBlueprint): Emitted {
  return new Map(
    METRICS.filter(({ awsAlone }) => awsAlone === undefined).flatMap((metric) =>
      combinations(stack, service, metric).map((dimensions): [string, KnownMetric] => [
        identityOf(metric.namespace, metric.metricName, dimensions),
        metric,
      ]),
    ),
  );
}

/** A metric's dimensions with each of the values that they have in this stack. */
function combinations(stack: Stack, service: ServiceBlueprint, { dimensions }: KnownMetric): Dimensions[] {
  return Object.entries(dimensions).reduce<Dimensions[]>(
    (sofar, [name, wanted]) =>
      sofar.flatMap((one) => valuesOf(stack, service, wanted).map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
}

function valuesOf(stack: Stack, service: ServiceBlueprint, wanted: string | readonly string[]): string[] {
  if (typeof wanted === "string") {
    const [type = "", attribute = ""] = wanted.split(".");
    return stack.all(type).map((block) => String(block.attribute(attribute)));
  }
  if (wanted.includes("SERVICE_NAME")) return [service.container.environment.SERVICE_NAME ?? ""];
  return [...wanted];
}
