import assert from "node:assert/strict";
import { after, before, describe, it, test } from "node:test";
import fc from "fast-check";
import { cleanText, cleanValue } from "../../src/catalog/text.ts";
import { type Answer, startApi, type TestApi } from "../support/api.ts";
import { type Json, readSchemas, texts } from "../support/document-texts.ts";

let api: TestApi;
let document: Json;
let schemas: ReturnType<typeof readSchemas>;
let product: string;

before(async () => {
  api = await startApi();
  document = (await api.get("/openapi.json")).json;
  schemas = readSchemas(document.components);
  const made = await api.call("PUT", "/v1/products/text", {
    key: true,
    headers: { "if-none-match": "*" },
    body: PRODUCT,
  });
  assert.equal(made.status, 201, made.text);
  // By its id: its slug is one of the texts that change.
  product = `/v1/products/${made.json.id}`;
});
after(() => api?.close());

const INSTANT = "2030-01-01T00:00:00Z";
const SALES = [{ from: INSTANT, to: "2030-02-01T00:00:00Z", prices: { EUR: 900 } }];
const VARIANT = {
  sku: "TEXT-1",
  gtin: "4006381333931",
  attributes: { colour: "brass" },
  prices: { EUR: 1_000 },
  availability: "in_stock",
  sales: SALES,
};
const MEMBERS = {
  slug: "text",
  name: "Name",
  brand: "Brand",
  description: "Text",
  categories: ["audio", "Books > Novels", { id: "phones", name: "Phones" }],
  attributes: { material: "brass" },
  images: [{ url: "https://images.example/a.jpg", alt: "Alt" }],
  status: "published",
  publishFrom: INSTANT,
  publishTo: "2040-01-01T00:00:00Z",
};
const PRODUCT = { ...MEMBERS, variants: [VARIANT] };
const CATEGORY = { name: "Audio", parent: "electronics", position: 0 };

/** An operation whose body has texts, a body with each of them, and what it says of a body. */
interface Door {
  /** The schema of the body in the document. */
  schema: string;
  body: Json;
  send: (body: Json) => Promise<Answer>;
  /** Whether the body was refused for what the document says of it, and not for what only the catalogue knows. */
  refused: (answer: Answer) => boolean;
}

const bad = ({ status }: Answer): boolean => status === 400;
/** To a product nothing is done: what fits meets a version that it does not have. */
const write = (method: string, url: () => string) => (body: Json) =>
  api.call(method, url(), {
    key: true,
    headers: { "content-type": "application/json", "if-match": '"another"' },
    body: JSON.stringify(body),
  });
/** What only the catalogue or the calendar knows: an answer of 422 elsewhere. */
const CATALOGUE =
  /there is no category|no calendar has|has a wrong check digit|prices\.EUR is missing|names no category|levels, and may have 20$|a period that ends at|has a name of \d+ characters|belongs to product|is not after/;
const DOORS: Door[] = [
  { schema: "ProductInput", body: PRODUCT, send: write("PUT", () => product), refused: bad },
  { schema: "ProductPatch", body: PRODUCT, send: write("PATCH", () => product), refused: bad },
  {
    schema: "BulkRow",
    body: { ...VARIANT, sku: "TEXT-2", gtin: null, product: { ...MEMBERS, slug: "text-2" } },
    // Nothing of it is kept: each row finds the catalogue as it was.
    send: (row) =>
      api.call("PUT", "/v1/products:bulk?dryRun=true", {
        key: true,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ rows: [row] }),
      }),
    refused: ({ status, json }) => {
      assert.equal(status, 200);
      const [{ error }] = json.results;
      return error !== undefined && !CATALOGUE.test(error);
    },
  },
  {
    schema: "CategoryInput",
    body: CATEGORY,
    send: write("PUT", () => "/v1/categories/audio"),
    refused: bad,
  },
  {
    schema: "CategoryPatch",
    body: CATEGORY,
    send: write("PATCH", () => "/v1/categories/audio"),
    refused: bad,
  },
];

/** What is kept of a text, in the words of the standard. */
const kept = (text: string): string =>
  text
    .normalize("NFC")
    .replaceAll(/[\u200b\u2060\ufeff]/g, "")
    .trim();

test("a text may have as many characters as its limit once it is composed, and its refusal says how they count", async () => {
  // Some become one when they are composed, some two or three, some none.
  const letters = fc.constantFrom("a", "e\u0301", "\u0958", "\ufb2c", "\u200b", "😀", "é");
  const doors = DOORS.filter(({ body }) => body.name !== undefined);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...doors),
      fc.array(letters, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: -2, max: 2 }),
      async ({ schema, body, send, refused }, pattern, beyond) => {
        const { maxLength } = schemas.resolve(document.components.schemas[schema].properties.name);
        let name = "a";
        for (let i = 0; [...kept(name)].length < maxLength + beyond; i++)
          name += `${pattern[i % pattern.length]}a`;
        const length = [...kept(name)].length;
        const answer = await send({ ...body, name });
        assert.equal(refused(answer), length > maxLength, `${length} of ${maxLength}: ${answer.text}`);
        if (length > maxLength && /[^\0-\x7f]/.test(kept(name)))
          assert.match(answer.text, new RegExp(`has ${length} characters as it is kept, composed`));
      },
    ),
    { numRuns: 60 },
  );
});

/** The same texts every time; others, and more of them: `TEXT_SEED=7 TEXT_RUNS=100 node --test api/test/contract/texts.test.ts`. */
const seed = Number(process.env.TEXT_SEED ?? 1);
const numRuns = Number(process.env.TEXT_RUNS ?? 8);
/** Counted as they are kept, which may be longer than they were sent: composed, a few letters become two. */
const isLengthened = (text: string, { maxLength = Infinity }: Json): boolean =>
  [...text].length <= maxLength && [...cleanText(text)].length > maxLength;

for (const { schema, body, send, refused } of DOORS) {
  test(`${schema} takes the texts that the document allows, and no others`, async () => {
    const found = [...schemas.places({ $ref: `#/components/schemas/${schema}` }, body, "")];
    assert.ok(found.length >= 2);
    const seen = { taken: 0, refused: 0 };
    for (const place of found) {
      await fc.assert(
        fc.asyncProperty(texts(place.schema), async (text) => {
          fc.pre(!isLengthened(text, place.schema));
          const whole = { $ref: `#/components/schemas/${schema}` };
          const raw = place.put(body, text);
          const { value, mistake } = cleanValue(structuredClone(raw));
          // JSON cannot say that half a pair is no character (RFC 8259, section 8.2).
          const isFit = text.isWellFormed() && schemas.accepts(whole, raw);
          const isKept = mistake === undefined && schemas.accepts(whole, value);
          const answer = await send(raw);
          const where = `${place.path} ${JSON.stringify(text)} ${answer.status} ${answer.text}`;
          if (isFit) assert.ok(!refused(answer), `the document allows it: ${where}`);
          if (!isKept) assert.ok(refused(answer), `the document does not allow it: ${where}`);
          seen[isFit ? "taken" : "refused"]++;
        }),
        { seed, numRuns },
      );
    }
    assert.ok(seen.taken > found.length && seen.refused > found.length, JSON.stringify(seen));
  });
}

describe("addresses", () => {
  /** What the document says in words, or by a type of its own. */
  const WORDS =
    /no letter or digit|minPrice must not|may have several values|there is no category|no product has a price in|needs q|cannot go with|at most 100|cursor|address/;
  const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

  it("take the texts that the document allows, and no others", async () => {
    const reads = Object.entries<Json>(document.paths).flatMap(([path, { get }]) =>
      get && path.startsWith("/v1/") && !path.includes("{")
        ? [{ path, parameters: get.parameters ?? [] }]
        : [],
    );
    let count = 0;
    for (const { path, parameters } of reads) {
      const required = parameters.filter((each: Json) => each.required);
      for (const { in: where, name, schema: given, explode } of parameters) {
        const schema = schemas.resolve(given);
        const item = schema.type === "array" ? schemas.resolve(schema.items) : schema;
        if (where !== "query" || item.type !== "string") continue;
        count++;
        const others = required
          .filter((each: Json) => each.name !== name)
          .map((each: Json) => `${each.name}=lamp`);
        await fc.assert(
          fc.asyncProperty(texts(item), async (text) => {
            fc.pre(text.isWellFormed() && !isLengthened(text, item));
            const values = explode === false ? text.split(",") : text;
            const asGiven = (one: unknown) => (schema.type === "array" ? [one].flat() : one);
            const answer = await api.get(`${path}?${[...others, `${name}=${encoded(text)}`].join("&")}`, {
              "x-api-key": "test-key-0123456789",
            });
            const said = `${path} ${name}=${JSON.stringify(text)} ${answer.status} ${answer.text.slice(0, 300)}`;
            assert.ok(answer.status < 500, said);
            const isRefused = answer.status === 400 && !WORDS.test(answer.text);
            const cleaned = typeof values === "string" ? cleanText(values) : values.map(cleanText);
            const canonical = answer.headers["content-location"];
            if (canonical !== undefined) {
              const made = new URLSearchParams(String(canonical).split("?")[1]).getAll(name);
              if (made.length > 0 && explode !== false)
                assert.ok(
                  schemas.accepts(given, asGiven(made[0])),
                  `an address that is refused: ${canonical} ${said}`,
                );
            }
            if (schemas.accepts(given, asGiven(values)))
              assert.ok(!isRefused, `the document allows it: ${said}`);
            if (!schemas.accepts(given, asGiven(cleaned)) && answer.status !== 414)
              assert.equal(answer.status, 400, `the document does not allow it: ${said}`);
          }),
          { seed, numRuns },
        );
      }
    }
    assert.ok(count > 10, `${count} parameters`);
  });

  it("may have a slug in any of its forms, as long as it may be", async () => {
    // The last two have 120 characters, which are 240 of UTF-16: one as it is kept, the other before it is composed.
    for (const slug of ["caf\u00e9", "\u{10428}".repeat(120), "\u00e9".repeat(120)]) {
      const made = await api.call("PUT", `/v1/products/${encodeURIComponent(slug.normalize("NFD"))}`, {
        key: true,
        headers: { "if-none-match": "*" },
        body: { slug, name: "N", brand: "B", variants: [{ sku: `SLUG-${slug.length}`, prices: { EUR: 1 } }] },
      });
      assert.equal(made.status, 201, made.text);
      for (const form of ["NFC", "NFD"] as const) {
        const read = await api.get(`/v1/products/${encodeURIComponent(slug.normalize(form))}`);
        assert.equal(read.json.slug, slug);
        assert.equal((await api.get(String(read.headers["content-location"]))).status, 200);
      }
    }
  });
});

test("two names that become one when they are cleaned are more than the document can say: 422", async () => {
  const attributes = { size: "1", "\u00a0size": "2" };
  for (const [method, body] of [
    ["PATCH", { attributes }],
    ["PUT", { ...PRODUCT, attributes }],
  ] as const) {
    const answer = await api.call(method, product, { key: true, headers: { "if-match": "*" }, body });
    assert.equal(answer.status, 422, answer.text);
    assert.match(answer.json.detail, /attributes has two members of one name/);
  }
});

test("a category that is named twice, in whatever way, counts once", async () => {
  const categories = [
    "audio",
    "audio",
    { id: "audio" },
    "Books > Novels",
    "Books>Novels",
    "books > novels\u200b",
  ];
  const patched = await api.call("PATCH", product, {
    key: true,
    headers: { "if-match": "*" },
    body: { categories },
  });
  assert.equal(patched.status, 200, patched.text);
  const given = patched.json.categories.map(({ id }: { id: string }) => id);
  assert.deepEqual(given, ["audio", "novels"]);
  const row = {
    sku: "TEXT-3",
    prices: { EUR: 1 },
    product: { slug: "text-3", name: "N", brand: "B", categories },
  };
  const [result] = (await api.call("PUT", "/v1/products:bulk", { key: true, body: { rows: [row] } })).json
    .results;
  assert.equal(result.status, "created", result.error);
});
