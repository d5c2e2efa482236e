/** What was measured, minute by minute of the stack's clock, and how a period of it is summed up. */
import type { Value } from "../../local/cloudwatch/math.ts";
import type { Emitted } from "../blueprint/emitted.ts";

/** A minute of one series; sorted values only of a series that is asked for its distribution. */
interface Minute {
  count: number;
  sum: number;
  minimum: number;
  maximum: number;
  values: number[] | undefined;
}

interface Series {
  current: Minute | undefined;
  past: (Minute | undefined)[];
  distribution: boolean;
}

export class MetricStore {
  readonly #series: ReadonlyMap<string, Series>;
  readonly #keptMinutes: number;
  #minutes = 0;

  /** @param keptMinutes the longest that anybody looks back */
  constructor(emitted: Emitted, keptMinutes: number) {
    this.#keptMinutes = keptMinutes;
    this.#series = new Map(
      [...emitted].map(([identity, { statistics }]) => {
        const distribution = statistics.some((statistic) => /^p/i.test(statistic));
        return [identity, { current: undefined, past: [], distribution }];
      }),
    );
  }

  /** Minutes that are over. */
  get minutes(): number {
    return this.#minutes;
  }

  /** @throws for a series that the stack's metrics do not know */
  record(identity: string, value: number): void {
    const series = this.#series.get(identity);
    if (!series)
      throw new Error(`The preview emits ${identity}, which local/cloudwatch/metrics.ts does not list.`);
    const minute = series.current;
    if (minute) {
      minute.count++;
      minute.sum += value;
      minute.minimum = Math.min(minute.minimum, value);
      minute.maximum = Math.max(minute.maximum, value);
      minute.values?.push(value);
    } else {
      const values = series.distribution ? [value] : undefined;
      series.current = { count: 1, sum: value, minimum: value, maximum: value, values };
    }
  }

  closeMinute(): void {
    this.#minutes++;
    for (const series of this.#series.values()) {
      series.current?.values?.sort((a, b) => a - b);
      series.past.push(series.current);
      if (series.past.length > this.#keptMinutes) series.past.shift();
      series.current = undefined;
    }
  }

  /** Begins anew, as if nothing had been measured. */
  forget(): void {
    this.#minutes = 0;
    for (const series of this.#series.values()) {
      series.current = undefined;
      series.past.length = 0;
    }
  }

  /**
   * Each minute that is kept, the oldest first, summed up; undefined where nothing was measured.
   *
   * @returns undefined for a series that the preview does not measure
   */
  history(identity: string, statistic: string): Value[] | undefined {
    const series = this.#series.get(identity);
    return series?.past.map((minute) => minute && summedUp([minute], statistic));
  }

  /**
   * A period summed up.
   *
   * @param statistic `Sum`, `Average`, `Minimum`, `Maximum`, a percentile such as `p99`, or a percentile rank such as `PR(:0.5)`
   * @param minutes of the period
   * @param ago periods between it and now: 0 is the last that is over
   * @returns undefined when nothing was measured in it
   */
  statistic(identity: string, statistic: string, minutes: number, ago = 0): Value {
    const past = this.#series.get(identity)?.past ?? [];
    const end = past.length - ago * minutes;
    const found = past
      .slice(Math.max(0, end - minutes), Math.max(0, end))
      .filter((minute) => minute !== undefined);
    return found.length === 0 ? undefined : summedUp(found, statistic);
  }
}

function summedUp(minutes: readonly Minute[], statistic: string): Value {
  const total = (key: "count" | "sum") => minutes.reduce((sum, minute) => sum + minute[key], 0);
  switch (statistic) {
    case "Sum":
      return total("sum");
    case "Average":
      return total("sum") / total("count");
    case "Minimum":
      return Math.min(...minutes.map(({ minimum }) => minimum));
    case "Maximum":
      return Math.max(...minutes.map(({ maximum }) => maximum));
  }
  const [, percentile] = /^p(\d+(?:\.\d+)?)$/.exec(statistic) ?? [];
  if (percentile !== undefined) {
    const values = minutes.flatMap((minute) => minute.values ?? []).sort((a, b) => a - b);
    return values[Math.max(0, Math.ceil((values.length * Number(percentile)) / 100) - 1)];
  }
  const [, limit] = /^PR\(:(\d+(?:\.\d+)?)\)$/.exec(statistic) ?? [];
  if (limit === undefined) throw new Error(`The statistic ${statistic} is not known.`);
  const within = minutes.reduce((sum, { values = [] }) => sum + countUpTo(values, Number(limit)), 0);
  return (100 * within) / total("count");
}

/** How many of the sorted values are at most `limit`. */
function countUpTo(sorted: readonly number[], limit: number): number {
  const first = sorted.findIndex((value) => value > limit);
  return first < 0 ? sorted.length : first;
}
