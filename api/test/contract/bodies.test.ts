import assert from "node:assert/strict";
import { after, before, describe, it, test } from "node:test";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { cleanText } from "../../src/catalog/text.ts";
import { type Answer, addProducts, row, startApi, type TestApi, unique } from "../support/api.ts";

let api: TestApi;
let slug: string;

before(async () => {
  api = await startApi();
  slug = `d-${unique()}`;
  await addProducts(api, [{ slug }]);
});
after(() => api?.close());

/**
 * Each way in takes the members of a product, as JSON text, and says what became of them: the status, and what it says of the
 * place. A batch has a neighbour before and behind, which must be written whatever the row is.
 */
interface Door {
  name: string;
  send(members: string): Promise<{ status: number; said: string }>;
}

const problemOf = ({ status, text }: Answer) => ({ status, said: status < 400 ? "" : text });
const put = (body: Buffer | string, headers: Record<string, string>, url = `/v1/products/${slug}`) =>
  api.call("PUT", url, { key: true, headers: { "if-match": "*", ...headers }, body });

async function batch(members: string, atomic: boolean, ndjson: boolean) {
  const neighbours = [0, 1].map(() => row({ slug: `n-${unique()}` }));
  const middle = `{"sku":"SKU-${slug}","prices":{"EUR":1000},"product":{"slug":"${slug}","name":"N","brand":"B",${members}}}`;
  const rows = [JSON.stringify(neighbours[0]), middle, JSON.stringify(neighbours[1])];
  const answer = await api.call("PUT", `/v1/products:bulk?atomic=${atomic}`, {
    key: true,
    headers: { "content-type": ndjson ? "application/x-ndjson" : "application/json" },
    body: Buffer.from(ndjson ? rows.join("\n") : `{"rows":[${rows.join(",")}]}`, "latin1"),
  });
  if (answer.status !== 200) return problemOf(answer);
  const [first, result, last] = answer.json.results;
  assert.deepEqual([first.status, last.status], ["created", "created"], "the neighbours are not touched");
  if (result.status !== "failed") return { status: 200, said: "" };
  assert.equal(result.row, 1);
  assert.ok(result.member, `the member is named: ${answer.text}`);
  return { status: 400, said: `${result.member} ${result.error}` };
}

const variants = () => `"variants":[{"sku":"SKU-${slug}","prices":{"EUR":1000}}]`;
const DOORS: Door[] = [
  {
    name: "PUT",
    send: async (members) =>
      problemOf(
        await put(
          Buffer.from(`{"slug":"${slug}","name":"N","brand":"B",${variants()},${members}}`, "latin1"),
          { "content-type": "application/json" },
        ),
      ),
  },
  ...["application/merge-patch+json", "application/json"].map((type) => ({
    name: `PATCH as ${type}`,
    send: async (members: string) =>
      problemOf(
        await api.call("PATCH", `/v1/products/${slug}`, {
          key: true,
          headers: { "if-match": "*", "content-type": type },
          body: Buffer.from(`{${members}}`, "latin1"),
        }),
      ),
  })),
  { name: "a row of JSON", send: (members) => batch(members, false, false) },
  { name: "a line of NDJSON", send: (members) => batch(members, false, true) },
];

/** Where text can stand, with `@` for it, and the member's name as the answer must have it. */
const PLACES: [members: string, member: RegExp][] = [
  ['"name":"@"', /name/],
  ['"brand":"@"', /brand/],
  ['"description":"@"', /description/],
  ['"attributes":{"a":"@"}', /attributes/],
  ['"attributes":{"@":"a"}', /attributes/],
  ['"images":[{"url":"https://example.com/@"}]', /images/],
  ['"images":[{"url":"https://example.com/","alt":"@"}]', /images/],
  ['"categories":["@"]', /categories/],
  ['"@":1', /./],
];

/** What is no text of the catalogue, as it stands in a JSON string. */
const DEFECTS: Record<string, string> = {
  "NUL, escaped": "a\\u0000b",
  "the first half of a surrogate pair": "a\\ud83db",
  "the second half of a surrogate pair": "a\\uDE00b",
  "halves in the wrong order": "\\ude00\\ud83d",
  "the escape character": "a\\u001bb",
  "the delete character": "a\\u007fb",
};

for (const door of DOORS) {
  describe(`${door.name} refuses, and names the member`, () => {
    for (const [defect, text] of Object.entries(DEFECTS)) {
      it(defect, async () => {
        for (const [place, member] of PLACES) {
          const members = place.replace("@", text);
          const { status, said } = await door.send(members);
          assert.equal(status, 400, `${members} ${said}`);
          assert.match(said, member, members);
        }
      });
    }

    it("a name that is there twice, or is __proto__", async () => {
      for (const members of [
        '"name":"a","name":"b"',
        '"attributes":{"a":"1","a":"2"}',
        '"attributes":{"__proto__":"x"}',
      ]) {
        const { status, said } = await door.send(members);
        assert.equal(status, 400, members);
        assert.match(said, /is there twice|is a name that is not allowed/, members);
      }
    });

    it("values in one another without an end", async () => {
      for (const levels of [65, 100_000])
        for (const [open, close] of [
          ["[", "]"],
          ['{"a":', "}"],
        ] as const) {
          const { status, said } = await door.send(
            `"attributes":${open.repeat(levels)}-0${close.repeat(levels)}`,
          );
          assert.equal(status, 400);
          assert.match(said, /is nested deeper than 64 levels/);
        }
    });
  });

  test(`${door.name} refuses bytes that are no UTF-8 as a whole`, async () => {
    for (const bytes of ["caf\xe9", "\xff\xfe", "\xc3(", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\x80"]) {
      const { status, said } = await door.send(`"description":"${bytes}"`);
      assert.equal(status, 400, bytes);
      assert.match(said, /not valid UTF-8/);
    }
  });

  test(`${door.name} takes every text that is one`, async () => {
    const texts = fc
      .string({ unit: "binary", minLength: 1, maxLength: 50 })
      .filter((text) => !/[\p{Cc}]/u.test(text));
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const { status, said } = await door.send(
          Buffer.from(`"description":${JSON.stringify(text)}`).toString("latin1"),
        );
        assert.equal(status, 200, said);
        assert.equal((await api.get(`/v1/products/${slug}`)).json.description, cleanText(text));
      }),
      { numRuns: 15 },
    );
  });
}

test("of a batch, each row with a fault is refused, however many there are, and no other", async () => {
  for (const fault of [
    '"gtin":null,"gtin":null',
    '"__proto__":1',
    '"prices":{"EUR":1e400}',
    `"gtin":${"[".repeat(65)}${"]".repeat(65)}`,
  ]) {
    const faulty = (i: number) => i % 10 !== 0;
    const rows = Array.from(
      { length: 1_000 },
      (_, i) => `{"sku":"SKU-${slug}-${i}"${faulty(i) ? `,${fault}` : ""}}`,
    );
    for (const [type, body] of [
      ["application/json", `{"rows":[${rows.join(",")}]}`],
      ["application/x-ndjson", rows.join("\n")],
    ] as const) {
      const headers = { "content-type": type };
      const { json } = await api.call("PUT", "/v1/products:bulk", { key: true, headers, body });
      for (const { row, error } of json.results)
        assert.equal(/is new/.test(error), !faulty(row), `${type} ${row} ${fault.slice(0, 40)}: ${error}`);
    }
  }
});

describe("numbers", () => {
  const price = (number: string) => ({
    variants: `"variants":[{"sku":"SKU-${slug}","prices":{"EUR":${number}}}]`,
    row: number,
  });
  const send = async (number: string) => {
    const rows = `{"sku":"SKU-${slug}","prices":{"EUR":${number}}}`;
    const headers = { "content-type": "application/json" };
    const patch = await api.call("PATCH", `/v1/products/${slug}`, {
      key: true,
      headers: { ...headers, "if-match": "*" },
      body: `{${price(number).variants}}`,
    });
    const json = await api.call("PUT", "/v1/products:bulk", {
      key: true,
      headers,
      body: `{"rows":[${rows}]}`,
    });
    const ndjson = await api.call("PUT", "/v1/products:bulk", {
      key: true,
      headers: { "content-type": "application/x-ndjson" },
      body: rows,
    });
    return [patch.status, ...[json, ndjson].map(({ json }) => json.results[0].status)];
  };

  it("every spelling of a whole number is that number", async () => {
    for (const [number, value] of [
      ["1e2", 100],
      ["120.0", 120],
      ["0.5e1", 5],
      ["1E+3", 1000],
      ["70000e-3", 70],
      ["-0", 0],
      ["-0.0e7", 0],
    ] as const) {
      assert.equal((await send(number))[0], 200, number);
      assert.equal((await api.get(`/v1/products/${slug}`)).json.price.amount, value);
      assert.deepEqual(await send(number), [200, "unchanged", "unchanged"], number);
    }
  });

  it("what would be kept as another number is refused", async () => {
    for (const number of [
      "1.5",
      "1e400",
      "-1",
      "9007199254740993",
      "12.00000000000000000001",
      "1e-400",
      "4.0E+12",
      "1e13",
    ]) {
      assert.deepEqual(await send(number), [400, "failed", "failed"], number);
    }
  });
});

describe("content codings", () => {
  const body = () => JSON.stringify({ rows: [row({ slug })] });
  const bulk = (coding: string, bytes: Buffer) =>
    api.call("PUT", "/v1/products:bulk", {
      key: true,
      headers: { "content-type": "application/json", "content-encoding": coding },
      body: bytes,
    });
  const CODINGS = {
    gzip: gzipSync,
    "x-gzip": gzipSync,
    GZIP: gzipSync,
    br: brotliCompressSync,
    zstd: zstdCompressSync,
    identity: Buffer.from,
  };

  const ENCODERS: [coding: string, encode: (text: Buffer) => Buffer][] = [
    ...Object.entries(CODINGS),
    ["gzip", (text) => Buffer.concat([gzipSync(text.subarray(0, 9)), gzipSync(text.subarray(9))])],
  ];
  for (const [coding, encode] of ENCODERS) {
    it(`${coding} is undone`, async () => {
      const answer = await bulk(coding, encode(Buffer.from(body())));
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json.failed, 0);
    });

    it(`${coding}: what is none of it, cut off or too large is refused`, async () => {
      if (coding === "identity") return;
      const encoded = encode(Buffer.from(body()));
      for (const bytes of [
        Buffer.from(body()),
        encoded.subarray(0, -3),
        Buffer.concat([encoded, Buffer.from("more")]),
        Buffer.concat([encoded, Buffer.alloc(2), Buffer.from("more")]),
        encode(Buffer.from([0x22, 0xff, 0x22])),
      ])
        assert.equal((await bulk(coding, bytes)).status, 400);
      const bomb = encode(Buffer.alloc(64 * 1_048_576, " "));
      assert.equal((await bulk(coding, bomb)).status, 413);
    });
  }

  it("others are refused with those that are known", async () => {
    for (const coding of ["deflate", "x-foo", "gzip, br", "compress", "chunked"]) {
      const answer = await bulk(coding, Buffer.from(body()));
      assert.equal(answer.status, 415, coding);
      assert.equal(answer.headers["accept-encoding"], "gzip, br, zstd");
    }
  });
});

test("an NDJSON line of 8 MB costs what its length costs", async () => {
  const cost = async (bytes: number): Promise<number> => {
    const { rowsFromNdjson } = await import("../../src/writes/rows.ts");
    const text = "x".repeat(bytes);
    const start = process.cpuUsage();
    for (let i = 0; i < 8; i++) await rowsFromNdjson(text);
    const { user, system } = process.cpuUsage(start);
    return user + system;
  };
  await cost(1_000_000);
  const [short, long] = [await cost(1_000_000), await cost(8_000_000)];
  assert.ok(long < 8 * 4 * short + 20_000, `${short} µs for 1 MB, ${long} µs for 8 MB`);
});
