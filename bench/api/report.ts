import { styleText } from "node:util";
import { median } from "../median.ts";
import type { Sample } from "./cells.ts";

/** Medians over the rounds of one contender at one workload. */
export interface Result extends Sample {
  workload: string;
  contender: string;
  /** One for each round. */
  turns: Sample[];
}

export interface Target {
  what: string;
  wanted: string;
  got: string;
  met: boolean;
}

export interface Report {
  machine: string;
  date: string;
  products: number;
  rounds: number;
  seconds: number;
  /** Load average of the last minute before the run: what else the machine was doing. */
  loadBefore: number;
  results: Result[];
  targets: Target[];
  peakMemoryMiB: number;
  missing: string[];
}

export function summarise(workload: string, contender: string, samples: Sample[]): Result {
  const of = (pick: (sample: Sample) => number | undefined) =>
    median(samples.map((sample) => pick(sample) ?? Number.NaN));
  const sum = (pick: (sample: Sample) => number) =>
    samples.reduce((total, sample) => total + pick(sample), 0);
  const [first] = samples;
  return {
    workload,
    contender,
    turns: samples,
    requests: sum(({ requests }) => requests),
    perSecond: of(({ perSecond }) => perSecond),
    serverUs: of(({ serverUs }) => serverUs),
    databaseUs: of(({ databaseUs }) => databaseUs),
    p50: of(({ p50 }) => p50),
    p99: of(({ p99 }) => p99),
    errors: sum(({ errors }) => errors),
    shed: sum(({ shed }) => shed),
    ...(first?.queries === undefined ? {} : { queries: Math.max(...samples.map(({ queries }) => queries!)) }),
    ...(first?.startMs === undefined ? {} : { startMs: of(({ startMs }) => startMs) }),
  };
}

/**
 * How many times more one has used than another: the median of the rounds' ratios. Turns of one round follow one another, so
 * what else the machine's host was doing meanwhile is mostly the same for both.
 */
function ratio(
  more: Result | undefined,
  less: Result | undefined,
  pick: (sample: Sample) => number = ({ serverUs }) => serverUs,
): number | undefined {
  if (!more || !less) return undefined;
  return median(more.turns.map((turn, round) => pick(turn) / pick(less.turns[round]!)));
}

/** The figures that issue 3 asks for. What was not measured has no row. */
export function judge(results: Result[], peakMemoryMiB: number): Target[] {
  const find = (workload: string, contender: string) =>
    results.find((result) => result.workload === workload && result.contender === contender);
  const peer = (workload: string) => {
    const found = ["Platformatic DB", "PostGraphile"]
      .map((name) => find(workload, name))
      .filter((each) => each !== undefined);
    return found.sort((a, b) => a.serverUs - b.serverUs)[0];
  };
  const targets: Target[] = [];
  const add = (
    what: string,
    wanted: string,
    value: number | undefined,
    unit: string,
    met: (value: number) => boolean,
  ) => {
    if (value !== undefined && !Number.isNaN(value)) {
      targets.push({ what, wanted, got: `${round(value)}${unit}`, met: met(value) });
    }
  };
  for (const workload of ["product", "list"]) {
    const value = ratio(peer(workload), find(workload, "API, uncached"));
    add(
      `${workload}, uncached: requests per CPU second against the better peer`,
      "≥ 3 ×",
      value,
      " ×",
      (x) => x >= 3,
    );
  }
  const cached = find("list", "API, cached");
  const bare = ratio(find("list", "node:http"), cached);
  add(
    "list, cached: requests per CPU second against bare node:http",
    "≥ 0.65 ×",
    bare,
    " ×",
    (x) => x >= 0.65,
  );
  add("list, cached: against the better peer", "≥ 20 ×", ratio(peer("list"), cached), " ×", (x) => x >= 20);
  const deep = results.find(({ workload }) => /^pages to/.test(workload));
  const pages = ratio(find("pages from 1", "API, uncached"), deep, ({ perSecond }) => perSecond);
  add(`time of ${deep?.workload} against pages from 1`, "≤ 1.5 ×", pages, " ×", (x) => x <= 1.5);
  const stampede = find("stampede", "API, fresh");
  add("stampede of 200 clients on a cold slow search: queries", "1", stampede?.queries, "", (x) => x === 1);
  add(
    "bulk upsert: time of changed rows against unchanged ones",
    "≥ 10 ×",
    ratio(find("bulk, changed", "API"), find("bulk, unchanged", "API"), ({ p50 }) => p50),
    " ×",
    (x) => x >= 10,
  );
  const databaseMs = (workload: string, contender: string) =>
    (find(workload, contender)?.databaseUs ?? Number.NaN) / 1_000;
  for (const [workload, most] of [
    ["search", 8],
    ["facets", 15],
  ] as const) {
    const value = databaseMs(workload, "API, uncached");
    add(`${workload}, uncached: PostgreSQL's CPU a request`, `≤ ${most} ms`, value, " ms", (x) => x <= most);
  }
  const changed = databaseMs("bulk, changed", "API");
  add("bulk upsert: PostgreSQL's CPU a changed row", "≤ 0.5 ms", changed, " ms", (x) => x <= 0.5);
  const mixed = find("mix 95/5", "API, cached")?.p99;
  add("mix of 95 reads to 5 writes: p99", "≤ 60 ms", mixed, " ms", (x) => x <= 60);
  add("most memory of a process of the API", "< 350 MiB", peakMemoryMiB, " MiB", (x) => x < 350);
  add(
    "from process start to the first 200",
    "< 1.2 s",
    (stampede?.startMs ?? Number.NaN) / 1000,
    " s",
    (x) => x < 1.2,
  );
  return targets;
}

export function toMarkdown(report: Report): string {
  const lines = [
    `${report.products.toLocaleString("en-GB")} products, ${report.rounds} interleaved rounds of ${report.seconds} s, medians.`,
    `${report.date}; ${report.machine}; load average before the run ${report.loadBefore.toFixed(1)}.`,
    "",
    "| workload | server | requests/s | server CPU µs | PostgreSQL CPU µs | p50 ms | p99 ms | errors |",
    "|---|---|--:|--:|--:|--:|--:|--:|",
    ...report.results.map((result) =>
      [
        "",
        result.workload,
        result.contender,
        round(result.perSecond),
        result.contender === "pgbench" ? "–" : round(result.serverUs),
        result.contender === "node:http" ? "–" : round(result.databaseUs),
        round(result.p50),
        round(result.p99),
        `${result.errors}${result.shed > 0 ? ` (+ ${result.shed} shed)` : ""}`,
        "",
      ]
        .join(" | ")
        .trim(),
    ),
    "",
    "CPU is what the operating system accounted to the process, for each request (bulk: for each row). Bulk's times are those of a",
    "batch of 1,000 rows. The load generator shares the machine, so requests/s say less than CPU time does.",
    "Uncached, everybody reads the same rows and columns: a product with its variants (for Platformatic DB two REST requests,",
    "counted as one; its latencies are those of one), 16 to 20 products of a brand by price without a count. The API also names",
    "each product's categories, makes the ETag, the signed cursor and the caching headers. Ratios are medians of the rounds'.",
    "Everybody is warmed up for three turns; a fresh process (stampede, spike) has been ready for a second.",
    ...report.missing.map((what) => `Not measured: ${what}.`),
    "",
    "| to reach | wanted | measured | |",
    "|---|--:|--:|---|",
    ...report.targets.map(
      ({ what, wanted, got, met }) => `| ${what} | ${wanted} | ${got} | ${met ? "✓" : "✗"} |`,
    ),
  ];
  return `${lines.join("\n")}\n`;
}

/** Three digits are all that such a measurement is good for. */
function round(value: number): string {
  if (Number.isNaN(value)) return "–";
  if (value >= 100) return Math.round(value).toLocaleString("en-GB");
  return String(Number(value.toPrecision(3)));
}

/** One line for each turn, on standard error. */
export function progressLine(
  turn: number,
  rounds: number,
  result: Sample & { workload: string; contender: string },
): string {
  const where = styleText("dim", `[${turn + 1}/${rounds}]`, { stream: process.stderr });
  const cpu = `${Math.round(result.serverUs)} + ${Math.round(result.databaseUs)} µs`;
  const errors =
    result.errors > 0 ? styleText("red", `  ${result.errors} errors`, { stream: process.stderr }) : "";
  return `${where} ${result.workload.padEnd(16)} ${result.contender.padEnd(16)} ${round(result.perSecond).padStart(8)}/s  ${cpu}${errors}\n`;
}
