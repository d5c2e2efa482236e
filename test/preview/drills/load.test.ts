import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Catalogue, readCatalogue } from "../../../preview/drills/load/catalogue.ts";
import { Load } from "../../../preview/drills/load/load.ts";
import { createRandom, createVisitors, createZipf } from "../../../preview/drills/load/visitors.ts";
import { serve } from "../servers.ts";

const catalogue: Catalogue = {
  products: ["/good"],
  lists: [],
  searches: [],
  suggestions: [],
};

/** Loads a server for a while: `before` until half-time, `during` and `after` after it. */
async function loadServer(
  listener: RequestListener,
  options: { rate: number; writeRate?: number; seconds: number },
) {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const load = new Load({
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    apiKey: "key",
    catalogue,
    uncached: 0,
    seed: 1,
    writeRate: 0,
    phase: "before",
    ...options,
  });
  try {
    await sleep((options.seconds * 1000) / 2);
    load.enter("during");
    await sleep((options.seconds * 1000) / 2);
    load.enter("after");
    return await load.stop();
  } finally {
    await load.abandon();
    server.closeAllConnections();
    server.close();
  }
}

describe("the load generator", () => {
  it("sends from many addresses, at the rate that is asked for, reads and writes apart", async () => {
    const seen = { GET: 0, PUT: 0 };
    const visitors = new Set<string | undefined>();
    const { load, writes } = await loadServer(
      (request, response) => {
        seen[request.method as "GET" | "PUT"]++;
        visitors.add(request.socket.remoteAddress);
        response.end("{}");
      },
      { rate: 100, writeRate: 10, seconds: 2 },
    );
    assert.equal(load.sent, seen.GET + seen.PUT);
    assert.equal(load.failed, 0);
    assert.equal(writes.length, seen.PUT);
    // macOS has one loopback address only.
    assert.equal(visitors.size > 40, process.platform !== "darwin", [...visitors].join());
    const seconds = load.phases.reduce((sum, phase) => sum + phase.seconds, 0);
    assert.ok(Math.abs(seen.GET - 100 * seconds) <= 10, `${seen.GET} reads in ${seconds} s`);
    assert.ok(Math.abs(seen.PUT - 10 * seconds) <= 3, `${seen.PUT} writes in ${seconds} s`);
  });

  it("counts what was shed on purpose apart from what failed, and says what failed", async () => {
    let number = 0;
    const { load } = await loadServer(
      (request, response) => {
        number++;
        if (number % 4 === 0) response.writeHead(503, { "retry-after": "1" }).end();
        else if (number % 4 === 1) response.writeHead(503).end();
        else if (number % 4 === 2) request.socket.destroy();
        else response.end("{}");
      },
      { rate: 80, seconds: 1 },
    );
    assert.ok(load.sent >= 40);
    assert.ok(Math.abs(load.shed - load.sent / 4) <= 1, `${load.shed} shed of ${load.sent}`);
    assert.ok(Math.abs(load.failed - load.sent / 2) <= 2, `${load.failed} failed of ${load.sent}`);
    const outcomes = new Set(load.failures.map(({ outcome }) => outcome));
    assert.ok(outcomes.has("503"));
    assert.ok(outcomes.size >= 2, `a broken connection is named as such: ${[...outcomes]}`);
  });

  it("counts latency from when a request was due, so that a stall shows in full", async () => {
    let stalled = false;
    const { load } = await loadServer(
      (_request, response) => {
        if (stalled) return void response.end("{}");
        stalled = true;
        const end = Date.now() + 600;
        while (Date.now() < end); // the whole server stands still, and what falls due meanwhile waits
        response.end("{}");
      },
      { rate: 100, seconds: 2 },
    );
    const { reads } = load.phases[0]!;
    // A closed loop would see one slow request; here all that fell due within the stall are slow.
    assert.ok(reads.p50! > 100, `median ${reads.p50} ms`);
    assert.ok(reads.max! >= 550, `slowest ${reads.max} ms`);
  });
});

describe("the catalogue that the load asks for", () => {
  const signal = new AbortController().signal;
  const items = [{ slug: "lamp", name: "Lamp" }];

  it("is read past a task that turns reads away for a moment, and not past a mistake", async () => {
    const asked = new Set<string>();
    let status = 503;
    const { url, stop } = await serve(({ url = "" }, response) => {
      response.writeHead(asked.has(url) ? 200 : status);
      asked.add(url);
      response.end(JSON.stringify({ items, categories: [] }));
    });
    try {
      assert.deepEqual((await readCatalogue(url, signal)).products, ["/v1/products/lamp"]);
      asked.clear();
      status = 400;
      await assert.rejects(readCatalogue(url, signal), /answered 400/);
    } finally {
      await stop();
    }
  });
});

describe("the visitors", () => {
  const many: Catalogue = {
    products: Array.from({ length: 50 }, (_, index) => `/p${index}`),
    lists: ["/l?sort=price"],
    searches: ["/s"],
    suggestions: ["/g"],
  };

  it("ask for the same again with the same seed, and for something else with another", () => {
    const take = (seed: number) => {
      const next = createVisitors(many, { seed, uncached: 0.2 });
      return Array.from({ length: 200 }, next);
    };
    assert.deepEqual(take(1), take(1));
    assert.notDeepEqual(take(1), take(2));
  });

  it("ask by Zipf's law: the first twice as often as the second", () => {
    const pick = createZipf(["first", "second", "third"], createRandom(7));
    const counts = new Map<string, number>();
    for (let index = 0; index < 30_000; index++) {
      const item = pick();
      counts.set(item, (counts.get(item) ?? 0) + 1);
    }
    assert.ok(Math.abs(counts.get("first")! / counts.get("second")! - 2) < 0.1);
    assert.ok(Math.abs(counts.get("first")! / counts.get("third")! - 3) < 0.2);
  });

  it("ask for as much that no cache can answer as they are told to", () => {
    const next = createVisitors(many, { seed: 3, uncached: 0.25 });
    const paths = Array.from({ length: 4_000 }, next).filter((path) => path.includes("maxPrice"));
    assert.ok(Math.abs(paths.length / 4_000 - 0.25) < 0.03);
    assert.ok(new Set(paths).size > paths.length * 0.99);
  });
});
