/** Counts what the edge answers, second by second. */
import type { Point } from "./contract/index.ts";

/** How the edge came by an answer; `error` is one that it made itself. */
export type EdgeResult = "hit" | "stale" | "miss" | "error";

/** What the tasks were doing in a second. */
export type Gauges = Pick<Point, "cpuPercent" | "running" | "healthy" | "desired" | "speed">;

const KEPT_SECONDS = 600;
const HIT_RATIO_WINDOW = 10;

export class Meter {
  readonly #points: Point[] = [];
  #latencies: number[] = [];
  #current = empty(Date.now());
  /** Told of each answer's status. */
  onResponse: (status: number) => void = () => {};

  /** @param milliseconds from the request's arrival to the end of its answer. */
  record(status: number, milliseconds: number, result: EdgeResult, shed: boolean): void {
    const point = this.#current;
    point.requests++;
    if (status < 300) point.status2xx++;
    else if (status < 400) point.status3xx++;
    else if (status < 500) point.status4xx++;
    else point.status5xx++;
    if (shed) point.shed++;
    if (result === "hit") point.hits++;
    else if (result === "stale") point.staleHits++;
    else point.misses++;
    this.#latencies.push(milliseconds);
    this.onResponse(status);
  }

  recordOriginRequest(): void {
    this.#current.originRequests++;
  }

  /** Ends the current second and returns it. */
  finishSecond(gauges: Gauges): Point {
    const latencies = this.#latencies.sort((a, b) => a - b);
    const point = {
      ...this.#current,
      ...gauges,
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
    };
    this.#points.push(point);
    if (this.#points.length > KEPT_SECONDS) this.#points.shift();
    this.#latencies = [];
    this.#current = empty(Date.now());
    return point;
  }

  /** Finished seconds, oldest first; only those that began after `since` when given. */
  points(since = 0): Point[] {
    return this.#points.filter((point) => point.at > since);
  }

  /** Share of the last ten seconds' requests that the cache answered; undefined without requests. */
  hitRatio(): number | undefined {
    let hits = 0;
    let requests = 0;
    for (const point of this.#points.slice(-HIT_RATIO_WINDOW)) {
      hits += point.hits + point.staleHits;
      requests += point.requests;
    }
    return requests === 0 ? undefined : hits / requests;
  }
}

function empty(at: number): Point {
  return {
    at,
    requests: 0,
    status2xx: 0,
    status3xx: 0,
    status4xx: 0,
    status5xx: 0,
    shed: 0,
    p50: undefined,
    p99: undefined,
    hits: 0,
    staleHits: 0,
    misses: 0,
    originRequests: 0,
    cpuPercent: undefined,
    running: 0,
    healthy: 0,
    desired: 0,
    speed: 1,
  };
}

/** Nearest rank in a sorted list. */
function quantile(sorted: number[], share: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
