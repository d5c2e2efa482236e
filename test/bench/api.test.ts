import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { after, before, describe, it, test } from "node:test";
import type { Sample } from "../../bench/api/cells.ts";
import { drive } from "../../bench/api/load.ts";
import { cpuOf, cpuOfTree, peakMemory } from "../../bench/api/machine.ts";
import { judge, type Result, summarise } from "../../bench/api/report.ts";
import * as requests from "../../bench/api/requests.ts";
import { median } from "../../bench/median.ts";

const sample = (overrides: Partial<Sample> = {}): Sample => ({
  ...{ requests: 10, perSecond: 100, serverUs: 50, databaseUs: 20, p50: 1, p99: 5, errors: 0, shed: 0 },
  ...overrides,
});

describe("CPU accounting", { skip: process.platform !== "linux" && "reads /proc" }, () => {
  it("counts what a process and its threads use, and not what others use", async () => {
    const burn = `
      const { Worker } = require("node:worker_threads");
      const work = "for (const end = process.cpuUsage().user + 300000; process.cpuUsage().user < end;);";
      new Worker(work, { eval: true }).on("exit", () => { console.log(process.cpuUsage().user); setInterval(() => {}, 1000); });`;
    const idle = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000); console.log(0)"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const busy = spawn(process.execPath, ["-e", burn], { stdio: ["ignore", "pipe", "ignore"] });
    try {
      await once(idle.stdout, "data");
      const idleBefore = cpuOf(idle.pid!);
      const [own] = await once(busy.stdout, "data");
      const measured = cpuOf(busy.pid!);
      assert.ok(measured >= 300_000 - 20_000, `${measured} µs measured, the process says ${own}`);
      assert.ok(cpuOf(idle.pid!) - idleBefore < 100_000, "an idle process uses none");
      const tree = cpuOfTree(process.pid);
      assert.ok(tree >= cpuOf(process.pid) + measured, "children count to their parent");
      assert.ok(peakMemory(busy.pid!) > 20);
    } finally {
      for (const child of [idle, busy]) child.kill("SIGKILL");
    }
  });
});

describe("the load generator", () => {
  let server: Server;
  let url: string;
  const seen: string[] = [];
  before(async () => {
    server = createServer((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      const status = Number(request.url!.slice(1));
      response.writeHead(status).end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  });
  after(() => server.close());

  it("sends the requests in turn, exactly so many, and tells errors from shed load", async () => {
    const list = [
      { path: "/200" },
      { path: "/304" },
      { path: "/404" },
      { path: "/503", method: "PUT", body: "x" },
    ] as const;
    const load = await drive({ url, requests: [...list], connections: 4, seconds: 1, amount: 40 });
    assert.equal(load.requests, 40);
    assert.equal(load.errors, 10, "404");
    assert.equal(load.shed, 10, "503");
    assert.equal(seen.filter((line) => line === "PUT /503").length, 10);
  });

  it("counts every request to a server that is away as an error", async () => {
    const load = await drive({
      url: "http://127.0.0.1:1",
      requests: [{ path: "/" }],
      connections: 2,
      seconds: 1,
    });
    assert.equal(load.requests, 0);
    assert.ok(load.errors > 0);
  });
});

test("the median is the middle value, or the mean of the two in the middle, and ignores what was not measured", () => {
  assert.equal(median([5, 1, 9]), 5);
  assert.equal(median([4, 1, 2, 9]), 3);
  assert.equal(median([Number.NaN, 7]), 7);
});

test("errors of all rounds count, and so does the worst number of queries", () => {
  const result = summarise("stampede", "API, fresh", [
    sample({ errors: 2, queries: 1, perSecond: 1 }),
    sample({ errors: 1, queries: 3, perSecond: 3 }),
    sample({ queries: 1, perSecond: 9 }),
  ]);
  assert.deepEqual([result.errors, result.queries, result.perSecond, result.requests], [3, 3, 3, 30]);
});

test("targets are judged against the better peer, and only when both sides were measured", () => {
  const result = (workload: string, contender: string, serverUs: number): Result =>
    summarise(workload, contender, [sample({ serverUs })]);
  const results = [
    result("list", "API, uncached", 100),
    result("list", "API, cached", 20),
    result("list", "node:http", 10),
    result("list", "Platformatic DB", 290),
    result("list", "PostGraphile", 900),
  ];
  const targets = judge(results, 400).map(({ what, got, met }) => [what.split(":")[0], got, met]);
  assert.deepEqual(targets, [
    ["list, uncached", "2.9 ×", false],
    ["list, cached", "0.5 ×", false],
    ["list, cached", "14.5 ×", false],
    ["most memory of a process of the API", "400 MiB", false],
  ]);
});

test("a ratio is the median of the rounds', whatever the medians' own would be", () => {
  const turns = (...us: number[]) => us.map((serverUs) => sample({ serverUs }));
  // The host was slow in the second round, for both.
  const results = [
    summarise("list", "API, uncached", turns(100, 200, 150)),
    summarise("list", "PostGraphile", turns(300, 800, 300)),
  ];
  assert.equal(judge(results, 1)[0]!.got, "3 ×");
});

test("the mix is 95 reads to 5 writes, and the first products are asked for most", () => {
  const mix = requests.mix(1_000);
  const writes = mix.filter(({ method }) => method === "PUT").length / mix.length;
  assert.ok(writes > 0.045 && writes < 0.055, `${writes}`);
  const products = mix.filter(({ path }) => /^\/v1\/products\/\d+$/.test(path));
  const first = products.filter(({ path }) => Number(path.split("/").at(-1)) <= 10).length / products.length;
  // Zipf's law: the first 10 of 1,000 get ln(11) / ln(1001) of all.
  assert.ok(Math.abs(first - Math.log(11) / Math.log(1001)) < 0.03, `${first}`);
});
