import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { FastifyInstance } from "fastify";
import { until } from "../../../test/support/until.ts";
import { buildApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { startApi, type TestApi } from "../support/api.ts";
import { openSocket } from "../support/raw-http.ts";
import { bulk, get, JSON_BODY, KEY, rows, sized, statuses } from "../support/sockets.ts";

let api: TestApi;

before(async () => {
  api = await startApi();
});
after(() => api?.close());

describe("a request that does not arrive in time", () => {
  let hasty: FastifyInstance;
  let hastyPort: number;
  before(async () => {
    hasty = await buildApp(readConfig(api.env), { requestMs: 300 });
    await hasty.listen({ host: "127.0.0.1", port: 0 });
    hastyPort = (hasty.server.address() as { port: number }).port;
    await until(() => hasty.isReady() && hasty.database.state.write === "up");
  });
  after(() => hasty?.close());

  const SLOW: [what: string, pieces: () => string[], statuses: number[]][] = [
    ["half a line", () => ["GET /health HTTP/1.1\r\nho"], [408]],
    ["header fields without an end", () => ["GET /health HTTP/1.1\r\nhost: x\r\n"], [408]],
    ["half a body", () => [bulk(`${KEY}${JSON_BODY}content-length: 1000\r\n`, "{")], [408]],
    [
      "a chunk too few",
      () => [bulk(`${KEY}${JSON_BODY}transfer-encoding: chunked\r\n`, "1\r\n{\r\n")],
      [408],
    ],
    [
      "a body that is waited for",
      () => [bulk(`${KEY}${JSON_BODY}content-length: 2\r\nexpect: 100-continue\r\n`)],
      [100, 408],
    ],
    [
      "an unwanted body, which is not waited for",
      () => [`${get("/health", "content-length: 1000\r\n")}x`],
      [200],
    ],
    [
      "a write, and half of another after it",
      () => {
        const body = rows();
        return [
          `${bulk(`${KEY}${JSON_BODY}${sized(body)}`, body)}${bulk(`${KEY}${JSON_BODY}content-length: 1000\r\n`, "{")}`,
        ];
      },
      [200, 408],
    ],
  ];
  for (const [what, pieces, expected] of SLOW) {
    it(`${what}: ${expected.join(", ")}, then closed`, async () => {
      const { socket, answer, closed } = openSocket(hastyPort);
      for (const piece of pieces()) socket.write(piece, "latin1");
      await closed;
      assert.deepEqual(statuses(answer()), expected, answer());
    });
  }

  it("a body that goes on coming, a byte at a time, does not prolong it", async () => {
    const { socket, answer, closed } = openSocket(hastyPort);
    socket.write(bulk(`${KEY}${JSON_BODY}content-length: 100000\r\n`, "{"));
    const timer = setInterval(() => socket.write(" "), 20);
    await closed;
    clearInterval(timer);
    assert.deepEqual(statuses(answer()), [408], answer());
  });
});
