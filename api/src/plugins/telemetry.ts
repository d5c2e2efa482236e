import { createHistogram, performance } from "node:perf_hooks";
import fp from "fastify-plugin";
import type { Config } from "../config.ts";
import { isFault } from "../http/problem.ts";

export interface TelemetryOptions {
  config: Config;
  /** Where the metrics line goes. @default standard output, which CloudWatch Logs collects */
  write?: (line: string) => void;
}

const SLOW_MS = 1_000;
/** Who writes is not who they should be, may not, or sends too much. */
const REFUSALS = new Set([401, 403, 429]);

/**
 * One line a minute in CloudWatch's embedded metric format: metrics without an agent, without an API call and without a
 * permission. Single requests are logged when they write, fail or are slow; the balancer and the CDN log all of them.
 */
export default fp(
  async (app, { config, write = (line) => process.stdout.write(`${line}\n`) }: TelemetryOptions) => {
    const latency = createHistogram({ lowest: 1, highest: 120_000_000, figures: 3 });
    let requests = 0;
    let serverErrors = 0;
    let shed = 0;
    // Apart from the reads: they are so many that all writes could fail, and one in a hundred answers would be an error.
    let written = 0;
    let writesFailed = 0;
    let writesRefused = 0;

    app.addHook("onResponse", (request, reply, done) => {
      const ms = reply.elapsedTime;
      const { statusCode } = reply;
      requests++;
      if (isFault(statusCode)) serverErrors++;
      if (statusCode === 503) shed++;
      latency.record(Math.max(1, Math.round(ms * 1_000)));
      const writes = request.method !== "GET" && request.method !== "HEAD" && request.method !== "OPTIONS";
      if (writes) {
        written++;
        if (isFault(statusCode)) writesFailed++;
        if (REFUSALS.has(statusCode)) writesRefused++;
      }
      if (ms > SLOW_MS || writes) {
        const level = ms > SLOW_MS ? "warn" : "info";
        request.log[level](
          {
            reqId: request.id,
            method: request.method,
            url: request.url.slice(0, 500),
            status: statusCode,
            ms: Math.round(ms),
            client: request.client || undefined,
            key: request.key?.name,
          },
          "request",
        );
      }
      done();
    });

    let utilization = performance.eventLoopUtilization();
    let served = { ...app.served };
    const report = async (): Promise<void> => {
      const now = performance.eventLoopUtilization();
      const { utilization: busy } = performance.eventLoopUtilization(now, utilization);
      utilization = now;
      const { hit, miss, joined, stale } = app.served;
      const writers = await app.database.writerConnections;
      const { read, search, write: writes, notifications, load } = app.database.state;
      const down = (...states: string[]) => states.filter((state) => state === "down").length;
      const metrics: Metric[] = [
        ["Requests", "Count", requests],
        ["Errors", "Count", serverErrors],
        ["Unavailable", "Count", shed],
        ["Writes", "Count", written],
        ["WritesFailed", "Count", writesFailed],
        ["WritesRefused", "Count", writesRefused],
        ["LatencyP50", "Milliseconds", latency.count > 0 ? latency.percentile(50) / 1_000 : 0],
        ["LatencyP99", "Milliseconds", latency.count > 0 ? latency.percentile(99) / 1_000 : 0],
        ["EventLoopUtilization", "Percent", busy * 100],
        ["DatabaseReads", "Count", load],
        ["DatabaseWriters", "Count", writers.total - writers.idle],
        ["DatabaseSilent", "Count", down(read, search, writes)],
        ["NotificationsDown", "Count", down(notifications)],
        ["CacheHits", "Count", hit - served.hit],
        ["CacheMisses", "Count", miss + joined - served.miss - served.joined],
        ["CacheStale", "Count", stale - served.stale],
        ["CacheBytes", "Bytes", app.responses.bytes],
        ["ResidentMemory", "Bytes", process.memoryUsage.rss()],
      ];
      served = { ...app.served };
      requests = serverErrors = shed = written = writesFailed = writesRefused = 0;
      latency.reset();
      write(embeddedMetrics(config.service.name, metrics));
    };

    if (config.metricsIntervalMs === 0) return;
    const timer = setInterval(() => void report(), config.metricsIntervalMs).unref();
    app.addHook("onClose", async () => {
      clearInterval(timer);
      await report();
    });
  },
  { name: "telemetry", dependencies: ["cache", "db"] },
);

type Metric = readonly [name: string, unit: "Count" | "Milliseconds" | "Percent" | "Bytes", value: number];

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
export function embeddedMetrics(service: string, metrics: readonly Metric[]): string {
  return JSON.stringify({
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        {
          Namespace: "CatalogApi",
          Dimensions: [["Service"]],
          Metrics: metrics.map(([Name, Unit]) => ({ Name, Unit })),
        },
      ],
    },
    Service: service,
    ...Object.fromEntries(metrics.map(([name, , value]) => [name, Math.round(value * 1_000) / 1_000])),
  });
}
