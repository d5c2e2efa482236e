import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";
import { command, integer, run } from "../cli/command.ts";
import { jsonOption } from "../cli/output.ts";
import { StatusLine } from "../cli/status-line.ts";
import { PostgresServer } from "../local/postgres/server.ts";
import { START, startApi } from "./api/contenders.ts";
import { cpuOf, describeMachine } from "./api/machine.ts";
import { median } from "./median.ts";
import { publish } from "./report.ts";

/** What server.ts does, without a word of tracing. */
const WITHOUT = [
  ...START.slice(0, -1),
  "--input-type=module",
  "--eval",
  'import { enableCompileCache } from "node:module"; enableCompileCache(); await (await import("./src/main.ts")).main();',
];

interface Figures {
  name: string;
  /** Until the first 200. */
  startMs: number;
  startCpuMs: number;
  /** Microseconds of CPU. */
  cachedRequest: number;
}

const bench = command("npm run bench:tracing --")
  .description(
    "What OpenTelemetry costs a task that has no collector: start-up and a request of the API as it is, beside its main module " +
      "alone, and beside the API with a collector. Rounds are interleaved, figures are medians. The report is also written to " +
      "bench/results/tracing.md.",
  )
  .option("--rounds <n>", "starts of each", integer(1, 100), 7)
  .option("--requests <n>", "of a cached list, in each round", integer(100, 1_000_000), 5_000)
  .addOption(jsonOption)
  .action(async ({ rounds, requests, json }) => {
    const status = new StatusLine();
    const collector = createServer((asked, answer) => asked.resume().on("end", () => answer.end()));
    collector.listen(0, "127.0.0.1");
    const database = await PostgresServer.start({ user: "catalog" });
    try {
      await database.createDatabase("catalog");
      const { port } = collector.address() as { port: number };
      const contenders = [
        { name: "main.ts alone", args: WITHOUT },
        { name: "no collector" },
        { name: "a collector", env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` } },
      ];
      const seen = contenders.map(() => [] as Omit<Figures, "name">[]);
      // The first round is a warm-up: it migrates the database and fills the compile cache.
      for (let round = 0; round <= rounds; round++) {
        status.show(`round ${round} of ${rounds}`);
        // Another one begins each round.
        for (let turn = 0; turn < contenders.length; turn++) {
          const index = (round + turn) % contenders.length;
          const { env, args } = contenders[index]!;
          const api = await startApi(database, { MAX_EVENT_LOOP_UTILIZATION: "0", ...env }, args);
          const started = cpuOf(api.pid);
          while (!(await fetch(`${api.url}/v1/products`)).ok) await sleep(20); // it migrates in the warm-up
          await ask(api.url, requests / 5);
          const before = cpuOf(api.pid);
          await ask(api.url, requests);
          const cachedRequest = (cpuOf(api.pid) - before) / requests;
          await api.stop();
          if (round > 0)
            seen[index]!.push({ startMs: api.startMs, startCpuMs: started / 1000, cachedRequest });
        }
      }
      const figures: Figures[] = contenders.map(({ name }, index) => ({
        name,
        startMs: median(seen[index]!.map((each) => each.startMs)),
        startCpuMs: median(seen[index]!.map((each) => each.startCpuMs)),
        cachedRequest: median(seen[index]!.map((each) => each.cachedRequest)),
      }));
      status.clear();
      await publish("tracing", json, { machine: describeMachine(), rounds, figures }, toMarkdown(figures));
    } finally {
      status.clear();
      await database.stop();
      collector.close();
      collector.closeAllConnections();
    }
  });

/** One after the other, over one connection. */
async function ask(url: string, count: number): Promise<void> {
  const dispatcher = new Agent({ connections: 1 });
  for (let i = 0; i < count; i++) {
    const { statusCode, body } = await request(`${url}/v1/products`, { dispatcher });
    await body.dump();
    if (statusCode !== 200) throw new Error(`GET /v1/products answered ${statusCode}`);
  }
  await dispatcher.close();
}

const toMarkdown = (figures: readonly Figures[]): string =>
  [
    "| | first 200, ms | CPU until then, ms | a cached request, µs of CPU |",
    "|---|--:|--:|--:|",
    ...figures.map(
      ({ name, startMs, startCpuMs, cachedRequest }) =>
        `| ${name} | ${startMs.toFixed(0)} | ${startCpuMs.toFixed(0)} | ${cachedRequest.toFixed(0)} |`,
    ),
    "",
  ].join("\n");

await run(bench);
