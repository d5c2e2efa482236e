import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { afterEach, before, beforeEach, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { brotliDecompressSync } from "node:zlib";
import { type EdgeBlueprint, readBlueprint } from "../../../preview/blueprint/index.ts";
import { cachePolicies } from "../../../preview/blueprint/managed-policies.ts";
import { Edge } from "../../../preview/edge/edge.ts";
import { EventLog } from "../../../preview/event-log.ts";
import { Meter } from "../../../preview/meter.ts";
import { until } from "../../support/until.ts";
import { ask, serve } from "../servers.ts";
import { type Json, synthesise } from "../stack-json.ts";

let stack: Json;
before(async () => {
  stack = await synthesise();
});

describe("the edge", () => {
  let blueprint: EdgeBlueprint;
  let meter: Meter;
  let log: EventLog;
  let edge: Edge;
  let url: string;
  let cleanUp: (() => Promise<unknown>)[];
  /** What the origin got, and what it answers. */
  let seen: IncomingMessage[];
  let respond: (request: IncomingMessage, response: ServerResponse) => void;

  const cacheable = (seconds: number, more = "") => ({
    "cache-control": `public, s-maxage=${seconds}${more}`,
  });
  const answer = (status: number, headers: Record<string, string>, body = `answer ${seen.length}`) => {
    respond = (_, response) => response.writeHead(status, headers).end(body);
  };

  beforeEach(async () => {
    blueprint = readBlueprint(stack).edge;
    meter = new Meter();
    log = new EventLog();
    seen = [];
    respond = (_, response) => response.writeHead(200, cacheable(60)).end(`answer ${seen.length}`);
    const origin = await serve((request, response) => {
      seen.push(request);
      respond(request, response);
    });
    edge = new Edge(blueprint, origin.url, meter, log);
    url = `http://127.0.0.1:${await edge.listen(0)}`;
    cleanUp = [origin.stop, () => edge.close()];
  });
  afterEach(async () => {
    for (const step of cleanUp.reverse()) await step();
  });

  it("answers from its cache, with X-Cache and Age", async () => {
    const first = await ask(`${url}/v1/products`);
    assert.deepEqual(
      [first.body, first.headers["x-cache"], first.headers.age],
      ["answer 1", "Miss from cloudfront", undefined],
    );
    const second = await ask(`${url}/v1/products`);
    assert.deepEqual(
      [second.body, second.headers["x-cache"], second.headers.age],
      ["answer 1", "Hit from cloudfront", "0"],
    );
    assert.match(second.headers.via!, /^1\.1 \S+\.cloudfront\.net \(CloudFront\)$/);
    assert.ok(second.headers["x-amz-cf-id"]);
    assert.equal(seen.length, 1);
  });

  it("has each query string as an object of its own, as the managed policy says", async () => {
    await ask(`${url}/v1/products?page=1`);
    assert.equal((await ask(`${url}/v1/products?page=2`)).body, "answer 2");
    assert.equal((await ask(`${url}/v1/products?page=1`)).body, "answer 1");
    assert.deepEqual(
      seen.map((request) => request.url),
      ["/v1/products?page=1", "/v1/products?page=2"],
    );
  });

  it("shows what CachingOptimized would do to the catalogue: page 2 is page 1", async () => {
    blueprint.behaviours[0]!.cachePolicy = cachePolicies["658327ea-f89d-4fab-a63d-7e88639e58f6"]!;
    await ask(`${url}/v1/products?page=1`);
    assert.equal((await ask(`${url}/v1/products?page=2`)).body, "answer 1");
  });

  it("keeps viewers with different cookies apart", async () => {
    await ask(`${url}/v1/products`, { cookie: "a=1" });
    assert.equal((await ask(`${url}/v1/products`, { cookie: "a=2" })).body, "answer 2");
    assert.equal((await ask(`${url}/v1/products`)).body, "answer 3");
  });

  it("does not vary by what is not in the key, nor let a viewer's no-cache through", async () => {
    respond = (_, response) =>
      response.writeHead(200, { ...cacheable(60), vary: "user-agent" }).end(`answer ${seen.length}`);
    await ask(`${url}/v1/products`, { "user-agent": "one" });
    const answer = await ask(`${url}/v1/products`, { "user-agent": "two", "cache-control": "no-cache" });
    assert.equal(answer.headers["x-cache"], "Hit from cloudfront");
  });

  it("never caches the default behaviour", async () => {
    await ask(`${url}/docs`);
    assert.equal((await ask(`${url}/docs`)).body, "answer 2");
  });

  it("caches nothing that the origin gives no lifetime, calls private, or forbids to store", async () => {
    for (const control of [undefined, "private, max-age=60", "no-store"]) {
      answer(200, control ? { "cache-control": control } : {});
      const before = seen.length;
      await ask(`${url}/v1/products`);
      await ask(`${url}/v1/products`);
      assert.equal(seen.length - before, 2, String(control));
    }
  });

  it("asks again on the cache's own conditions when the object is stale, and keeps it after a 304", async () => {
    respond = (request, response) => {
      if (request.headers["if-none-match"] === '"v1"') response.writeHead(304, cacheable(60)).end();
      else response.writeHead(200, { ...cacheable(0, ", must-revalidate"), etag: '"v1"' }).end("version 1");
    };
    await ask(`${url}/v1/products`);
    const second = await ask(`${url}/v1/products`);
    assert.deepEqual(
      [second.status, second.body, second.headers["x-cache"]],
      [200, "version 1", "RefreshHit from cloudfront"],
    );
    assert.equal((await ask(`${url}/v1/products`)).headers["x-cache"], "Hit from cloudfront");
    assert.equal(seen.length, 2);
  });

  it("keeps the compressed form, with its weak ETag, after a 304", async () => {
    const body = "catalogue ".repeat(500);
    respond = (request, response) => {
      const headers = {
        ...cacheable(request.headers["if-none-match"] ? 60 : 0),
        etag: '"v1"',
        "content-type": "text/plain",
      };
      if (request.headers["if-none-match"]) response.writeHead(304, headers).end();
      else response.writeHead(200, headers).end(body);
    };
    await ask(`${url}/v1/products`, { "accept-encoding": "br" });
    const { headers, body: squeezed } = await ask(`${url}/v1/products`, { "accept-encoding": "br" });
    assert.deepEqual([headers["x-cache"], headers.etag], ["RefreshHit from cloudfront", 'W/"v1"']);
    assert.equal(headers["content-encoding"], "br");
    assert.equal(brotliDecompressSync(Buffer.from(squeezed, "latin1")).toString(), body);
  });

  it("answers a viewer's condition itself", async () => {
    answer(200, { ...cacheable(60), etag: '"v1"' });
    await ask(`${url}/v1/products`);
    const unchanged = await ask(`${url}/v1/products`, { "if-none-match": 'W/"v0", W/"v1"' });
    assert.deepEqual([unchanged.status, unchanged.body], [304, ""]);
    assert.equal((await ask(`${url}/v1/products`, { "if-none-match": '"v2"' })).status, 200);
    assert.equal(seen.length, 1);
  });

  it("serves stale while it revalidates in the background", async () => {
    answer(200, cacheable(1, ", stale-while-revalidate=60"), "old");
    await ask(`${url}/v1/products`);
    await delay(1100);
    answer(200, cacheable(60), "new");
    const stale = await ask(`${url}/v1/products`);
    assert.deepEqual([stale.body, stale.headers["x-cache"]], ["old", "Hit from cloudfront"]);
    assert.ok(Number(stale.headers.age) >= 1);
    await until(() => seen.length === 2, "the new answer in the cache");
    await delay(50);
    assert.equal((await ask(`${url}/v1/products`)).body, "new");
    assert.equal(seen.length, 2);
  });

  it("serves stale when the origin fails, for as long as the origin allows", async () => {
    answer(200, cacheable(0, ", stale-if-error=60"), "old");
    await ask(`${url}/v1/products?a`);
    answer(200, { ...cacheable(0, ", stale-if-error=0"), etag: '"v1"' }, "old");
    await ask(`${url}/v1/products?b`);
    answer(503, {}, "away");
    const stale = await ask(`${url}/v1/products?a`);
    assert.deepEqual(
      [stale.status, stale.body, stale.headers["x-cache"]],
      [200, "old", "Hit from cloudfront"],
    );
    assert.equal((await ask(`${url}/v1/products?b`)).status, 503);
    await cleanUp[0]!();
    assert.equal((await ask(`${url}/v1/products?a`)).body, "old", "also when it is not there at all");
  });

  it("makes one request of many for the same object", async () => {
    const release = Promise.withResolvers<void>();
    respond = async (_, response) => {
      await release.promise;
      response.writeHead(200, cacheable(60)).end("one answer");
    };
    const asked = Array.from({ length: 50 }, () => ask(`${url}/v1/search?q=tv`));
    await until(() => edge.inFlight === 50, "all viewers at the edge");
    release.resolve();
    const bodies = new Set((await Promise.all(asked)).map(({ body }) => body));
    assert.deepEqual([...bodies], ["one answer"]);
    assert.equal(seen.length, 1);
  });

  it("gives nobody another viewer's answer when it may not be cached", async () => {
    const release = Promise.withResolvers<void>();
    respond = async (_, response) => {
      const number = seen.length;
      await release.promise;
      response.writeHead(200, { "cache-control": "private" }).end(`answer ${number}`);
    };
    const asked = Array.from({ length: 5 }, () => ask(`${url}/v1/products`));
    await until(() => edge.inFlight === 5, "all viewers at the edge");
    release.resolve();
    await Promise.all(asked);
    assert.equal(seen.length, 5);
  });

  it("caches an error for as long as the distribution says, and tells of it", async () => {
    answer(503, {}, "away");
    const first = await ask(`${url}/v1/products`);
    const second = await ask(`${url}/v1/products`);
    assert.deepEqual(
      [first.status, second.status, second.headers["x-cache"]],
      [503, 503, "Error from cloudfront"],
    );
    assert.equal(seen.length, 1);
    await delay(1100); // error_caching_min_ttl is 1
    answer(200, cacheable(60), "back");
    assert.equal((await ask(`${url}/v1/products`)).body, "back");
    const [event] = log.after();
    assert.equal(event!.kind, "edge.originError");
    assert.equal(event!.address, blueprint.address);
  });

  it("passes 4xx answers on without caching them when the origin gives them no lifetime", async () => {
    answer(400, {}, "bad");
    await ask(`${url}/v1/products?x`);
    await ask(`${url}/v1/products?x`);
    assert.equal(seen.length, 2);
  });

  it("refuses a method that the behaviour does not allow", async () => {
    blueprint.behaviours[0]!.allowedMethods.delete("DELETE");
    const refused = await ask(`${url}/v1/products`, {}, "DELETE");
    assert.deepEqual([refused.status, refused.headers["x-cache"]], [403, "Error from cloudfront"]);
    assert.equal(seen.length, 0);
  });

  it("passes writes through with their body, key and the origin header", async () => {
    respond = (request, response) => void request.pipe(response);
    const written = await ask(
      `${url}/v1/products/1`,
      { authorization: "Bearer key", "if-match": '"v1"' },
      "PUT",
      "the body",
    );
    assert.equal(written.body, "the body");
    const { headers } = seen[0]!;
    assert.equal(headers.authorization, "Bearer key");
    assert.equal(headers["if-match"], '"v1"');
    assert.equal(headers["x-origin-verify"], blueprint.origin.headers["x-origin-verify"]);
    assert.match(headers.via!, /CloudFront/);
    assert.equal(headers["x-forwarded-for"], "127.0.0.1");
  });

  it("lets no viewer choose the origin header", async () => {
    await ask(`${url}/docs`, { "x-origin-verify": "mine" });
    assert.equal(seen[0]!.headers["x-origin-verify"], blueprint.origin.headers["x-origin-verify"]);
  });

  it("sets the security headers, in place of the origin's own only where the policy overrides", async () => {
    answer(200, { "x-frame-options": "DENY", "x-content-type-options": "other" });
    const { headers } = await ask(`${url}/docs`);
    assert.equal(headers["x-frame-options"], "DENY");
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["strict-transport-security"], "max-age=31536000");
    assert.equal(headers["referrer-policy"], "strict-origin-when-cross-origin");
  });

  it("compresses what viewers accept and CloudFront would, and weakens the ETag", async () => {
    const body = JSON.stringify({ text: "catalogue ".repeat(500) });
    answer(200, { ...cacheable(60), "content-type": "application/json", etag: '"v1"' }, body);
    const squeezed = await ask(`${url}/v1/products`, { "accept-encoding": "gzip, br;q=0.9" });
    assert.equal(squeezed.headers["content-encoding"], "br");
    assert.equal(squeezed.headers.etag, 'W/"v1"');
    assert.equal(brotliDecompressSync(Buffer.from(squeezed.body, "latin1")).toString(), body);
    assert.equal(
      (await ask(`${url}/v1/products`, { "accept-encoding": "br;q=0, gzip" })).headers["content-encoding"],
      "gzip",
    );
    assert.equal((await ask(`${url}/v1/products`)).body, body);
    answer(200, { ...cacheable(60), "content-type": "application/json" }, "{}");
    assert.equal(
      (await ask(`${url}/v1/products?short`, { "accept-encoding": "br" })).headers["content-encoding"],
      undefined,
    );
  });

  it("answers HEAD from the object of GET", async () => {
    await ask(`${url}/v1/products`);
    const head = await ask(`${url}/v1/products`, {}, "HEAD");
    assert.deepEqual([head.status, head.body, head.headers["content-length"]], [200, "", "8"]);
    assert.equal(seen.length, 1);
  });

  it("answers 502 when the origin cannot be reached", async () => {
    await cleanUp[0]!();
    assert.equal((await ask(`${url}/v1/products`)).status, 502);
    assert.equal((await ask(`${url}/docs`)).status, 502);
  });

  it("forgets everything on a flush", async () => {
    await ask(`${url}/v1/products`);
    assert.equal(edge.objects, 1);
    edge.flush();
    assert.equal((await ask(`${url}/v1/products`)).body, "answer 2");
  });

  it("counts hits, misses, and 503s that were shed", async () => {
    await ask(`${url}/v1/products`);
    await ask(`${url}/v1/products`);
    answer(503, { "retry-after": "1" });
    await ask(`${url}/docs`);
    await until(() => edge.inFlight === 0, "all counted");
    const point = meter.finishSecond({ cpuPercent: undefined, running: 0, healthy: 0, desired: 0, speed: 1 });
    const { requests, hits, misses, status2xx, status5xx, shed, originRequests } = point;
    assert.deepEqual(
      { requests, hits, misses, status2xx, status5xx, shed, originRequests },
      {
        requests: 3,
        hits: 1,
        misses: 2,
        status2xx: 2,
        status5xx: 1,
        shed: 1,
        originRequests: 2,
      },
    );
    assert.ok(point.p50! > 0);
  });
});
