import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { loadCatalogue } from "../api/dev/catalogue/load.ts";
import { migrate } from "../api/src/migrate.ts";
import { command, integer, run } from "../cli/command.ts";
import { jsonOption } from "../cli/output.ts";
import { PostgresServer } from "../local/postgres/server.ts";
import { API_KEY, startApi } from "./api/contenders.ts";
import { describeMachine, residentMiB } from "./api/machine.ts";
import { median } from "./median.ts";
import { publish } from "./report.ts";

const PRODUCTS = 20_000;
/** Requests of each kind in 200: what a shop sends. */
const MIX = { product: 108, list: 49, search: 25, suggest: 15, patch: 3 } as const;
type Kind = keyof typeof MIX;
/** Resident memory that the process may have once its cache is full, at the default of CACHE_MAX_MIB. */
const MOST_MIB = 300;
const SAMPLE_MS = 10_000;

interface Sample {
  second: number;
  residentMiB: number;
  /** Longest wait for /health, which asks nobody: what the event loop makes a request wait. */
  delayMs: number;
  answered: number;
  failed: number;
}

const bench = command("npm run bench:soak --", {
  1: `the memory passed ${MOST_MIB} MiB or went on growing, or a request failed`,
})
  .description(
    "Ten minutes of mixed load on the API with the sample catalogue: products, lists, searches, suggestions and changes at " +
      "random. Prints resident memory and the event loop's delay as a curve, and says whether it is flat once the cache is " +
      "full. The report is also written to bench/results/soak.md. Linux only: it reads /proc.",
  )
  .option("--minutes <n>", "how long", integer(1, 600), 10)
  .option("--rate <n>", "requests a second", integer(1, 10_000), 200)
  .addOption(jsonOption)
  .action(async ({ minutes, rate, json }) => {
    const database = await PostgresServer.start({ user: "catalog" });
    try {
      await database.createDatabase("catalog");
      await fill(database);
      const api = await startApi(database, { MAX_EVENT_LOOP_UTILIZATION: "0.98" });
      try {
        const samples = await soak(api.url, api.pid, minutes * 60, rate);
        await publish("soak", json, samples, toMarkdown(samples, rate));
        if (!isFlat(samples) || failures(samples) > 0) process.exitCode = 1;
      } finally {
        await api.stop();
      }
    } finally {
      await database.stop();
    }
  });

async function fill(database: PostgresServer): Promise<void> {
  const client = new pg.Client({ connectionString: database.connectionString("catalog") });
  await client.connect();
  try {
    await migrate(client);
    await loadCatalogue(client, PRODUCTS, 1);
  } finally {
    await client.end();
  }
}

async function soak(url: string, pid: number, seconds: number, rate: number): Promise<Sample[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  // It must not wait here for a connection that a search has.
  const own = new Agent({ keepAlive: true });
  const samples: Sample[] = [];
  const kinds = Object.entries(MIX).flatMap(([kind, count]) => Array<Kind>(count).fill(kind as Kind));
  let [answered, failed, delayMs] = [0, 0, 0];
  const send = async (path: string, method = "GET", body?: string): Promise<void> => {
    const status = await ask(agent, url + path, method, body).catch(() => 0);
    answered++;
    if (status === 0 || status >= 500) failed++;
  };
  const start = performance.now();
  let sent = 0;
  for (let next = SAMPLE_MS; performance.now() - start < seconds * 1_000; ) {
    const elapsed = performance.now() - start;
    while (sent < (elapsed / 1_000) * rate) {
      sent++;
      void send(...requestOf(kinds[Math.floor(Math.random() * kinds.length)]!));
    }
    if (sent % 10 === 0) {
      const asked = performance.now();
      void ask(own, `${url}/health`).then(
        () => {
          delayMs = Math.max(delayMs, performance.now() - asked);
        },
        () => {},
      );
    }
    if (elapsed >= next) {
      next += SAMPLE_MS;
      const sample = {
        second: Math.round(elapsed / 1_000),
        residentMiB: Math.round(residentMiB(pid)),
        delayMs: Math.round(delayMs),
        answered,
        failed,
      };
      samples.push(sample);
      process.stderr.write(
        `${sample.second} s: ${sample.residentMiB} MiB, ${sample.delayMs} ms, ${answered} answers, ${failed} failed\n`,
      );
      [answered, failed, delayMs] = [0, 0, 0];
    }
    await sleep(5);
  }
  agent.destroy();
  own.destroy();
  return samples;
}

const WORDS = ["wireless", "headphone", "lamp", "usb", "case", "black", "camera", "pro", "mini", "cable"];
const pick = <T>(values: readonly T[]): T => values[Math.floor(Math.random() * values.length)]!;

function requestOf(kind: Kind): [path: string, method?: string, body?: string] {
  const id = 1 + Math.floor(Math.random() * PRODUCTS);
  switch (kind) {
    case "product":
      return [`/v1/products/${id}`];
    case "list":
      return [
        `/v1/products?minPrice=${Math.floor(Math.random() * 5_000)}&sort=${pick(["price", "-price", "name", "newest"])}`,
      ];
    case "search":
      return [`/v1/search?q=${pick(WORDS)}%20${pick(WORDS)}&limit=${1 + Math.floor(Math.random() * 50)}`];
    case "suggest":
      return [
        `/v1/suggest?q=${pick(WORDS).slice(0, 2 + Math.floor(Math.random() * 5))}&limit=${1 + Math.floor(Math.random() * 20)}`,
      ];
    case "patch":
      return [`/v1/products/${id}`, "PATCH", JSON.stringify({ attributes: { soak: String(Math.random()) } })];
  }
}

function ask(agent: Agent, url: string, method = "GET", body?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers =
      body === undefined ? {} : { "content-type": "application/json", "if-match": "*", "x-api-key": API_KEY };
    const sent = request(url, { agent, method, headers }, (response) => {
      response
        .resume()
        .on("end", () => resolve(response.statusCode!))
        .on("error", reject);
    });
    sent.on("error", reject).end(body);
  });
}

/** The level that the memory has reached: the median of the last fifth of the time, and of the fifth before it. */
function levels(samples: readonly Sample[]): { before: number; last: number } {
  const fifth = Math.max(1, Math.floor(samples.length / 5));
  const level = (part: readonly Sample[]) => median(part.map(({ residentMiB }) => residentMiB));
  return { before: level(samples.slice(-2 * fifth, -fifth)), last: level(samples.slice(-fifth)) };
}

function isFlat(samples: readonly Sample[]): boolean {
  const { before, last } = levels(samples);
  return last <= MOST_MIB && last <= 1.1 * before;
}

const failures = (samples: readonly Sample[]): number => samples.reduce((sum, { failed }) => sum + failed, 0);

function toMarkdown(samples: readonly Sample[], rate: number): string {
  const most = Math.max(...samples.map(({ residentMiB }) => residentMiB));
  const rows = samples.map(
    ({ second, residentMiB, delayMs, answered, failed }) =>
      `| ${second} | ${residentMiB} | ${"█".repeat(Math.round((40 * residentMiB) / most))} | ${delayMs} | ${answered} | ${failed} |`,
  );
  return `${describeMachine()}; ${PRODUCTS} products, ${rate} requests/s

| s | MiB | | longest wait ms | answers | failed |
|--:|--:|---|--:|--:|--:|
${rows.join("\n")}

Most ${most} MiB. Level of the last fifth: ${levels(samples).last} MiB, ${isFlat(samples) ? "flat" : "not flat"} (it is to be at most ${MOST_MIB} MiB, and a tenth above the fifth before it).
Longest wait ${Math.max(...samples.map(({ delayMs }) => delayMs))} ms, median of the longest ones ${median(samples.map(({ delayMs }) => delayMs))} ms. Failed: ${failures(samples)}.
`;
}

await run(bench);
