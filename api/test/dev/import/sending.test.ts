import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { accounted, importText } from "./support.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "catalog-sending-"));
});
after(() => rm(folder, { recursive: true }));

type Handler = (rows: { sku: string }[], response: ServerResponse, request: IncomingMessage) => void;

/** An API that answers as it is told to; `written` holds what it says that it has written. */
async function withApi<T>(handler: Handler, work: (url: string) => Promise<T>): Promise<T> {
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (request.method === "GET") return response.writeHead(404).end(); // an API that does not say its currency
    handler(
      body.split("\n").map((line) => JSON.parse(line)),
      response,
      request,
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  try {
    return await work(`http://127.0.0.1:${port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function accept(rows: { sku: string }[], response: ServerResponse, written: Set<string> = new Set()): void {
  for (const { sku } of rows) written.add(sku);
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ results: rows.map((_, row) => ({ row, status: "created" })) }));
}

function refuse(
  response: ServerResponse,
  status: number,
  problem: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/problem+json", ...headers });
  response.end(JSON.stringify(problem));
}

const file = (count: number, name = "Lamp") =>
  [
    "sku,prices.EUR,product.slug,product.name,product.brand",
    ...Array.from({ length: count }, (_, index) => `S-${index},100,p-${index},${name},Lux`),
  ].join("\n");

test("whatever the API does in between, each row is counted once, and none is said to be written that was not", async () => {
  const faults = fc.array(
    fc.constantFrom(
      "ok",
      "ok",
      "ok",
      "shed",
      "away",
      "lost",
      "reset",
      "html",
      "forbidden",
      "poison",
      "large",
    ),
    { minLength: 1, maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(faults, fc.integer({ min: 1, max: 3_500 }), async (plan, count) => {
      const written = new Set<string>();
      let request = 0;
      const handler: Handler = (rows, response) => {
        switch (plan[request++ % plan.length]) {
          case "shed":
            return refuse(response, 503, { type: "/problems/overloaded" }, { "retry-after": "1" });
          case "away":
            return refuse(response, 503, { type: "/problems/database-unavailable" });
          case "lost": // carried out, and the answer does not arrive
            for (const { sku } of rows) written.add(sku);
            return response.destroy();
          case "reset":
            return response.destroy();
          case "html":
            return void response.writeHead(502).end("<html>Bad gateway</html>");
          case "forbidden":
            return refuse(response, 403, { detail: "no" });
          case "poison":
            if (rows.length > 1) return refuse(response, 422, { detail: "one of them" });
            return accept(rows, response, written);
          case "large":
            if (rows.length > 300) return refuse(response, 413, { detail: "too large" });
            return accept(rows, response, written);
          default:
            return accept(rows, response, written);
        }
      };
      const result = await withApi(handler, (url) => importText(folder, file(count), { url }));
      assert.equal(result.rows, count);
      assert.equal(accounted(result), count, JSON.stringify(result));
      assert.ok(result.created <= written.size, "rows are said to be written that are not");
      assert.ok(
        written.size <= result.created + result.unknown + result.failed,
        "rows were written that are said not to have been sent",
      );
      assert.equal(result.stopped === undefined, result.unsent + result.unknown === 0);
    }),
    { numRuns: 40 },
  );
});

test("while the API sheds load the importer waits as long as it is told, and then says what is left", async () => {
  let answers = 0;
  const shed: Handler = (rows, response) =>
    ++answers < 3
      ? refuse(response, 503, { type: "/problems/overloaded" }, { "retry-after": "1" })
      : accept(rows, response);
  const patient = await withApi(shed, (url) => importText(folder, file(5), { url, timeout: 20 }));
  assert.deepEqual([patient.created, patient.stopped, answers], [5, undefined, 3]);
  const away = await importText(folder, file(2_500), {
    url: await withApi(
      () => {},
      async (url) => url,
    ),
  });
  assert.equal(away.unsent, 2_500);
  assert.match(String(away.stopped), /did not answer .*the first row without an answer is in line 2\)/);
});

test("every try of a batch bears one idempotency key, and no two batches the same", async () => {
  const keys: string[] = [];
  await withApi(
    (rows, response, request) => {
      keys.push(String(request.headers["idempotency-key"]));
      if (keys.length === 1) refuse(response, 503, {}, { "retry-after": "1" });
      else accept(rows, response);
    },
    (url) => importText(folder, file(1_500), { url, timeout: 20 }),
  );
  assert.equal(keys.length, 3);
  assert.equal(keys[0], keys[1]);
  assert.notEqual(keys[1], keys[2]);
});

test("batches are divided by bytes as well as by rows", async () => {
  const sizes: { rows: number; bytes: number }[] = [];
  const text = file(1_200)
    .split("\n")
    .map((line, index) => `${line},${index === 0 ? "product.description" : "x".repeat(9_000)}`)
    .join("\n");
  await withApi(
    (rows, response) => {
      sizes.push({ rows: rows.length, bytes: JSON.stringify(rows).length });
      accept(rows, response);
    },
    (url) => importText(folder, text, { url }),
  );
  assert.ok(sizes.length >= 3, JSON.stringify(sizes));
  assert.ok(
    sizes.every(({ rows, bytes }) => rows <= 1_000 && bytes < 5 * 1_048_576),
    JSON.stringify(sizes),
  );
});

test("a batch that is refused as a whole is halved until the row is alone that is at fault", async () => {
  const result = await withApi(
    (rows, response) =>
      rows.some(({ sku }) => sku === "S-700")
        ? refuse(response, 422, { detail: "the database refuses this value" })
        : accept(rows, response),
    (url) => importText(folder, file(1_000), { url }),
  );
  assert.equal(result.created, 999);
  assert.deepEqual(result.errors, [{ line: 702, message: "the database refuses this value" }]);
});

test("a batch that takes the database too long is sent once more as it is, and then in halves", async () => {
  const sizes: number[] = [];
  const result = await withApi(
    (rows, response) => {
      sizes.push(rows.length);
      if (rows.length > 300)
        refuse(response, 503, { type: "/problems/database-timeout" }, { "retry-after": "0.01" });
      else accept(rows, response);
    },
    (url) => importText(folder, file(1_000), { url, timeout: 60 }),
  );
  assert.equal(result.created, 1_000);
  assert.deepEqual(sizes, [1_000, 1_000, 500, 500, 250, 250, 500, 500, 250, 250]);
});

test("told to end, the importer waits for the batch in hand, and says what it has not read", async () => {
  const controller = new AbortController();
  const result = await withApi(
    (rows, response) => {
      controller.abort(new Error("told to"));
      setTimeout(() => accept(rows, response), 50);
    },
    (url) => importText(folder, file(2_500), { url, signal: controller.signal }),
  );
  assert.equal(result.created, 1_000);
  assert.match(String(result.stopped), /interrupted, and nothing was read from line 100\d on/);
  assert.equal(accounted(result), result.rows);
});

test("an answer of something that is not the catalogue API ends the import with where to look", async () => {
  const stranger = await withApi(
    (_, response) => response.writeHead(404).end("<h1>Not found</h1>"),
    (url) => importText(folder, file(3), { url, timeout: 20 }),
  );
  assert.match(String(stranger.stopped), /does not answer as the catalogue API does \(404: .*set --url/);
  const locked = await withApi(
    (_, response) => refuse(response, 401, { detail: "no key" }),
    (url) => importText(folder, file(3), { url, timeout: 20 }),
  );
  assert.match(String(locked.stopped), /refused the key \(401: no key\)/);
  const friendly = await withApi(
    (_, response) => response.end("{}"),
    (url) => importText(folder, file(3), { url }),
  );
  assert.deepEqual([friendly.unsent, friendly.created], [3, 0]);
});
