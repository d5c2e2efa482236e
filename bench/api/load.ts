import autocannon from "autocannon";

export interface Request {
  path: string;
  method?: "GET" | "POST" | "PUT";
  body?: string;
  headers?: Record<string, string>;
}

export interface Load {
  /** Responses of any status. */
  requests: number;
  seconds: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** Connections that broke, time-outs, and statuses other than 2xx, 3xx and 503. */
  errors: number;
  /** 503: load that was shed. */
  shed: number;
}

export interface LoadOptions {
  url: string;
  /** Sent in turn, over all connections, from the beginning again at the end. */
  requests: Request[];
  connections: number;
  seconds: number;
  /** Exactly so many requests, instead of `seconds`. */
  amount?: number;
  /** Requests a second in all; latencies then count from when a request was due. @default as fast as they are answered */
  rate?: number;
}

/** Drives one server and waits for the last response. */
export async function drive({
  url,
  requests,
  connections,
  seconds,
  amount,
  rate,
}: LoadOptions): Promise<Load> {
  let next = 0;
  const started = performance.now();
  const result = await autocannon({
    url,
    connections,
    ...(amount === undefined ? { duration: seconds } : { amount }),
    ...(rate === undefined ? {} : { overallRate: rate }),
    timeout: 30,
    requests: [
      {
        setupRequest: (request) => {
          const { path, method = "GET", body, headers } = requests[next++ % requests.length]!;
          return { ...request, path, method, body, headers: { ...request.headers, ...headers } };
        },
      },
    ],
  });
  const statuses = Object.entries(result.statusCodeStats ?? {}).map(
    ([code, { count }]) => [Number(code), Number(count)] as const,
  );
  const total = statuses.reduce((sum, [, count]) => sum + count, 0);
  const good = statuses.filter(([code]) => code < 400).reduce((sum, [, count]) => sum + count, 0);
  const shed = statuses.find(([code]) => code === 503)?.[1] ?? 0;
  return {
    requests: total,
    seconds: (performance.now() - started) / 1000,
    p50: result.latency.p50,
    p99: result.latency.p99,
    errors: result.errors + result.timeouts + total - good - shed,
    shed,
  };
}
