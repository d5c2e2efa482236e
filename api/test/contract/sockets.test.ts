import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { row, startApi, type TestApi, unique } from "../support/api.ts";
import { openSocket } from "../support/raw-http.ts";
import { bulk, CLOSE, get, JSON_BODY, KEY, rows, sized, statuses } from "../support/sockets.ts";

let api: TestApi;
let port: number;

before(async () => {
  api = await startApi();
  await api.app.listen({ host: "127.0.0.1", port: 0 });
  port = (api.app.server.address() as { port: number }).port;
});
after(() => api?.close());

/** Sends the pieces one after the other and reads until the connection is closed. */
async function exchange(...pieces: (string | Buffer)[]): Promise<string> {
  const { socket, answer, closed } = openSocket(port);
  for (const piece of pieces) {
    socket.write(typeof piece === "string" ? Buffer.from(piece, "latin1") : piece);
    await sleep(5);
  }
  await closed;
  return answer();
}

/** What is sent, in pieces, and the statuses that come back, in their order, before the connection is closed. */
const TABLE: [what: string, pieces: () => (string | Buffer)[], statuses: number[], also?: RegExp][] = [
  ["a request a byte at a time", () => [...get("/health")], [200]],
  ["two requests in one piece", () => [get("/health", "") + get("/v1/products/none")], [200, 404]],
  ["a request after blank lines", () => [`\r\n\r\n${get("/health")}`], [200]],
  ["no Host", () => [`GET /health HTTP/1.1\r\n${CLOSE}\r\n`], [400], /one Host/],
  ["two Hosts", () => [`GET /health HTTP/1.1\r\nhost: a\r\nhost: a\r\n${CLOSE}\r\n`], [400], /one Host/],
  ...["a b", "a/b", "a:b", "u@a", "[::1", "h\u00f6st", "%zz"].map((host): (typeof TABLE)[number] => [
    `Host: ${host}`,
    () => [`GET /health HTTP/1.1\r\nhost: ${host}\r\n${CLOSE}\r\n`],
    [400],
    /one Host/,
  ]),
  ["HTTP/1.0 without Host", () => ["GET /health HTTP/1.0\r\n\r\n"], [200]],
  ["an address with its host", () => [get("http://a/v1/categories")], [200]],
  [
    "a method that such an address has not",
    () => [get("HTTP://a:80/v1/products").replace("GET", "POST")],
    [405],
    /^allow: GET, HEAD/m,
  ],
  ...["HTTP/3.0", "HTTP/2.0", "HTTP/1.2", "HTTP/0.9"].map((version): (typeof TABLE)[number] => [
    version,
    () => [get("/health").replace("HTTP/1.1", version)],
    [505],
    /HTTP\/1\.1 or HTTP\/1\.0/,
  ]),
  ["what HTTP/2 begins with", () => ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"], [505]],
  ["lines that end in LF alone", () => [get("/health").replaceAll("\r", "")], [400], /invalid-request/],
  // The router would take it for a query.
  ...["/v1/products#limit=1", "/v1/products?limit=1#a", "/nowhere#a"].map(
    (address): (typeof TABLE)[number] => [address, () => [get(address)], [400], /# as %23/],
  ),
  ...["h2c", "websocket"].flatMap((protocol): (typeof TABLE)[number][] => {
    const upgrade = `connection: upgrade\r\nupgrade: ${protocol}\r\n`;
    const body = rows();
    // Node drops what stands behind it: the client is told so.
    return [
      [
        `Upgrade: ${protocol}`,
        () => [get("/health", upgrade) + get("/health")],
        [200],
        /^connection: close/im,
      ],
      [
        `Upgrade: ${protocol} of a write, behind another one`,
        () => [
          `${bulk(`${KEY}${JSON_BODY}${sized(body)}`, body)}${bulk(`${KEY}${JSON_BODY}${upgrade}${sized(body)}`, body)}${get("/health")}`,
        ],
        [200, 200],
        /^connection: close/im,
      ],
    ];
  }),
  ...["", "connection: keep-alive\r\n"].map((connection): (typeof TABLE)[number] => [
    `chunks of HTTP/1.0, ${connection}`,
    () => [
      bulk(`${KEY}${JSON_BODY}${connection}transfer-encoding: chunked\r\n`, "2\r\n{}\r\n0\r\n\r\n").replace(
        "HTTP/1.1",
        "HTTP/1.0",
      ),
    ],
    [400],
  ]),
  ["no HTTP", () => ["NONSENSE\r\n\r\n"], [400], /^date: .*GMT/m],
  ["an unknown method", () => [`BREW /health HTTP/1.1\r\nhost: x\r\n\r\n`], [501], /not-implemented/],
  ["CONNECT", () => [`CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n`], [405], /no proxy/],
  ["OPTIONS *", () => [`OPTIONS * HTTP/1.1\r\nhost: x\r\n${CLOSE}\r\n`], [204], /^allow: .*PATCH/m],
  ["header fields over 16 KiB", () => [get("/health", `x: ${"a".repeat(20_000)}\r\n`)], [431]],
  ["an expectation that is unknown", () => [get("/health", `expect: x\r\n${CLOSE}`)], [417]],
  [
    "a transfer coding that is unknown",
    () => [bulk(`${KEY}${JSON_BODY}transfer-encoding: gzip, chunked\r\n${CLOSE}`, "0\r\n\r\n")],
    [501],
  ],
  [
    "Content-Length and Transfer-Encoding",
    () => [bulk(`${KEY}content-length: 3\r\ntransfer-encoding: chunked\r\n`, "0\r\n\r\n")],
    [400],
  ],
  [
    "a chunk size that is none",
    () => [bulk(`${KEY}${JSON_BODY}transfer-encoding: chunked\r\n`, "XYZ\r\n")],
    [400],
  ],
  [
    "a chunk size that is none, later",
    () => [bulk(`${KEY}${JSON_BODY}transfer-encoding: chunked\r\n`), "1\r\n{\r\n", "XYZ\r\n"],
    [400],
  ],
  [
    "a body in chunks",
    () => {
      const body = rows();
      return [
        bulk(`${KEY}${JSON_BODY}transfer-encoding: chunked\r\n${CLOSE}`),
        `5\r\n${body.slice(0, 5)}\r\n`,
        `${(body.length - 5).toString(16)}\r\n${body.slice(5)}\r\n`,
        "0\r\n\r\n",
      ];
    },
    [200],
  ],
  [
    "a length above the limit",
    () => [bulk(`${KEY}${JSON_BODY}content-length: 9000000\r\n`)],
    [413],
    /^connection: close/im,
  ],
  [
    "chunks above the limit",
    () => [
      bulk(`${KEY}content-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n`),
      ...Array.from({ length: 9 }, () => `100000\r\n${" ".repeat(0x100000)}\r\n`),
    ],
    [413],
  ],
  [
    "100 Continue before a body that is wanted",
    () => {
      const body = rows();
      return [bulk(`${KEY}${JSON_BODY}${sized(body)}expect: 100-continue\r\n${CLOSE}`), body];
    },
    [100, 200],
  ],
  [
    "no 100 Continue to HTTP/1.0",
    () => {
      const body = rows();
      return [
        `${bulk(`${KEY}${JSON_BODY}${sized(body)}expect: 100-continue\r\n`, body).replace("HTTP/1.1", "HTTP/1.0")}`,
      ];
    },
    [200],
  ],
  [
    "a condition behind more header fields than Node counts",
    () => [get("/v1/categories", `${"a:\r\n".repeat(2_100)}if-match: "other"\r\n${CLOSE}`)],
    [412],
  ],
  [
    "no 100 Continue without a key",
    () => [bulk(`${JSON_BODY}${sized("{}")}expect: 100-continue\r\n`)],
    [401],
    /^connection: close/im,
  ],
  [
    "no 100 Continue for a length above the limit",
    () => [bulk(`${KEY}${JSON_BODY}content-length: 9000000\r\nexpect: 100-continue\r\n`)],
    [413],
  ],
  [
    "no 100 Continue for a media type that is unknown",
    () => [bulk(`${KEY}content-type: text/plain\r\n${sized("{}")}expect: 100-continue\r\n`)],
    [415],
  ],
  [
    "bytes after a write",
    () => {
      const body = rows();
      return [`${bulk(`${KEY}${JSON_BODY}${sized(body)}`, body)}GARBAGE\r\n\r\n`];
    },
    [200, 400],
  ],
  ["bytes after a read", () => [`${get("/health", "")}GARBAGE\r\n\r\n`], [200, 400]],
  [
    "a method that is unknown after a read",
    () => [`${get("/health", "")}${get("/health").replace("GET", "BREW")}`],
    [200, 501],
    /the method BREW/,
  ],
  [
    "two writes, and bytes after them",
    () => {
      const [one, two] = [rows(), rows()];
      return [
        `${bulk(`${KEY}${JSON_BODY}${sized(one)}`, one)}${bulk(`${KEY}${JSON_BODY}${sized(two)}`, two)}GARBAGE\r\n\r\n`,
      ];
    },
    [200, 200, 400],
  ],
  [
    "a write, and CONNECT after it",
    () => {
      const body = rows();
      return [`${bulk(`${KEY}${JSON_BODY}${sized(body)}`, body)}CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n`];
    },
    [200, 405],
  ],
  [
    "a write, and header fields over 16 KiB after it",
    () => {
      const body = rows();
      return [
        `${bulk(`${KEY}${JSON_BODY}${sized(body)}`, body)}${get("/health", `x: ${"a".repeat(20_000)}\r\n`)}`,
      ];
    },
    [200, 431],
  ],
  [
    "a write, and one after it whose chunks are none",
    () => {
      const body = rows();
      return [
        `${bulk(`${KEY}${JSON_BODY}${sized(body)}`, body)}${bulk(`${KEY}${JSON_BODY}transfer-encoding: chunked\r\n`, "1\r\n{\r\nXYZ\r\n")}`,
      ];
    },
    [200, 400],
  ],
  [
    "a write, and one after it that is refused",
    () => {
      const body = rows();
      return [
        `${bulk(`${KEY}${JSON_BODY}${sized(body)}`, body)}${bulk(`${KEY}${JSON_BODY}content-length: 9000000\r\n`)}`,
      ];
    },
    [200, 413],
  ],
];

for (const [what, pieces, expected, also] of TABLE) {
  test(`${what}: ${expected.join(", ")}, then closed`, async () => {
    const answer = await exchange(...pieces());
    assert.deepEqual(statuses(answer), expected, answer.slice(0, 600));
    if (also) assert.match(answer, also);
    for (const [problem] of answer.matchAll(/HTTP\/1\.1 [45][\s\S]*?\r\n\r\n/g)) {
      assert.match(problem, /^content-type: application\/problem\+json/m);
      assert.match(problem, /^date: /im);
      assert.match(problem, /^x-request-id: /m);
    }
  });
}

test("bodies that nobody wants are not read to their end", async () => {
  for (const head of [
    `POST /v1/products HTTP/1.1\r\nhost: x\r\ncontent-length: 104857600\r\n\r\n`,
    `POST /nowhere HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n6400000\r\n`,
    get("/health", "content-length: 104857600\r\n"),
    bulk(`${JSON_BODY}content-length: 104857600\r\n`),
  ]) {
    const { socket, answer, closed } = openSocket(port);
    socket.write(head);
    const piece = Buffer.alloc(1_048_576);
    for (let i = 0; i < 100 && !socket.destroyed && socket.writable; i++) {
      if (!socket.write(piece))
        await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), closed]);
    }
    await closed;
    assert.equal(statuses(answer()).length, 1, head);
    assert.match(answer(), /^connection: close/im, head);
    // What the kernels hold between the two is some megabytes.
    assert.ok(socket.bytesWritten < 50_000_000, `${socket.bytesWritten} bytes were taken: ${head}`);
  }
});

test("who closes its side of the connection behind a request gets the answers that are due, and is told what is not whole", async () => {
  const body = rows();
  const write = bulk(`${KEY}${JSON_BODY}${sized(body)}`, body);
  for (const [sent, expected] of [
    [write, [200]],
    [write + get("/health", ""), [200, 200]],
    [`${write}GET /hea`, [200, 400]],
    [bulk(`${KEY}${JSON_BODY}content-length: 1000\r\n`, body), [400]],
    [bulk(`${KEY}${JSON_BODY}transfer-encoding: chunked\r\n`, "1\r\n{\r\n"), [400]],
    ["GET /health HTTP/1.1\r\nho", [400]],
    ["", []],
  ] as const) {
    const { socket, answer, closed } = openSocket(port);
    socket.end(sent);
    await closed;
    assert.deepEqual(statuses(answer()), expected, sent);
    if (expected.at(-1) === 400) assert.match(answer(), /the request ended before it was whole/);
  }
});

test("a write that was committed is answered as such, though what follows it is no HTTP", async () => {
  const slug = `w-${unique()}`;
  const body = JSON.stringify({ rows: [row({ slug, price: 4_711 })] });
  const answer = await exchange(`${bulk(`${KEY}${JSON_BODY}${sized(body)}`, body)}GARBAGE\r\n\r\n`);
  assert.match(answer, /^HTTP\/1\.1 200 [\s\S]*"created":1/);
  assert.equal((await api.get(`/v1/products/${slug}`)).json.price.amount, 4_711);
});
