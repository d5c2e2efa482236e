import assert from "node:assert/strict";
import { after, before, describe, it, test } from "node:test";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import fc from "fast-check";
import { SuggestQuery } from "../../src/catalog/parameters.ts";
import { slugOf } from "../../src/catalog/slug.ts";
import { cleanText, cleanValue } from "../../src/catalog/text.ts";
import { INVISIBLE, Slug } from "../../src/catalog/vocabulary.ts";
import { splitWords } from "../../src/catalog/words.ts";
import { type Answer, startApi, type TestApi } from "../support/api.ts";

// biome-ignore lint/suspicious/noExplicitAny: documents and bodies are walked as plain JSON
type Json = any;

let api: TestApi;
let document: Json;
let product: string;

before(async () => {
  api = await startApi();
  document = (await api.get("/openapi.json")).json;
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
        const { maxLength } = resolve(document.components.schemas[schema].properties.name);
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

const resolve = (schema: Json): Json =>
  schema.$ref === undefined ? schema : document.components.schemas[schema.$ref.split("/").at(-1)];
const accepts = (schema: Json, value: unknown): boolean => validator(schema)(value) as boolean;
const compiled = new Map<string, ValidateFunction>();
function validator(schema: Json): ValidateFunction {
  const text = JSON.stringify(schema).replaceAll("#/components", "api#/components");
  const known = compiled.get(text);
  if (known) return known;
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: "api", components: document.components });
  const made = ajv.compile(JSON.parse(text));
  compiled.set(text, made);
  return made;
}

/** A place of a text in a body: its schema, and the body with another text there. */
interface Place {
  path: string;
  schema: Json;
  put: (body: Json, text: string) => Json;
}

/** Every place where the schema lets a text stand, names of members included; each must be in the body. */
function* places(given: Json, value: Json, path: string): Generator<Place> {
  const schema = resolve(given);
  assert.notEqual(value, undefined, `no text at ${path}: the test's body lacks it`);
  if (schema.anyOf) {
    for (const [index, item] of [value].flat().entries()) {
      const branch = schema.anyOf.find((each: Json) => accepts(each, item));
      if (branch.type !== "null") yield* places(branch, item, `${path}|${index}`);
    }
    return;
  }
  const types = [schema.type].flat();
  if (types.includes("string") && schema.enum === undefined) yield { path, schema, put: (_, text) => text };
  const inside = function* (child: Json, name: string | number): Generator<Place> {
    for (const place of places(child, value[name], `${path}/${name}`))
      yield {
        ...place,
        put: (body, text) =>
          Array.isArray(body)
            ? body.with(name as number, place.put(body[name as number], text))
            : { ...body, [name]: place.put(body[name], text) },
      };
  };
  for (const [name, child] of Object.entries<Json>(schema.properties ?? {}))
    if (!child.readOnly) yield* inside(child, name);
  if (types.includes("array")) for (const index of value.keys()) yield* inside(schema.items, index);
  if (typeof schema.additionalProperties === "object") {
    const [name] = Object.keys(value) as [string];
    yield* inside(schema.additionalProperties, name);
    yield {
      path: `${path}/{name}`,
      schema: resolve(schema.propertyNames),
      put: (body, text) => Object.fromEntries([[text, Object.values(body)[0]]]),
    };
  }
}

/** What is odd about a character: unseen, trimmed, removed, composed, of a pair, in the syntax of a place. */
const ODD = [..." \u00a0\u00ad\u034f\u180e\u200b\u200d\u200e\u2028\u2060\u2800\u3000\u3164\ufe0f\ufeff"]
  .concat([..."\u0301\u0338\u212a\u037e\u1fef\u0958\u1161\u00e9\u0130😀𐐨ﷺ"])
  .concat("\0", "\n", "\t", "\u001b", "\u007f", "\u0085", "\ud800", "\udc00")
  .concat([..."aA1-_.~:;<>/\\\"'`{}@#?%&=+"])
  .concat("__proto__", "constructor", "https://", " > ");

/** Texts for a place: made of oddities, of what its pattern allows, and as long as it may be and longer. */
function texts({ pattern = "^[^]*$", maxLength = 100 }: Json): fc.Arbitrary<string> {
  const odd = fc.string({ unit: fc.constantFrom(...ODD), maxLength: 6 });
  const long = fc
    .tuple(fc.constantFrom("a", "1", "é", "𐐨", " "), fc.integer({ min: -1, max: 1 }), odd)
    .map(([unit, more, end]) => unit.repeat(Math.max(0, maxLength + more - end.length)) + end);
  const fitting = fc.stringMatching(new RegExp(pattern, "u"), { maxLength: 40 });
  const framed = fc.tuple(odd, fitting, odd).map((parts) => parts.join(""));
  return fc.oneof(odd, long, fitting, framed);
}

/** The same texts every time; others, and more of them: `TEXT_SEED=7 TEXT_RUNS=100 node --test api/test/contract/texts.test.ts`. */
const seed = Number(process.env.TEXT_SEED ?? 1);
const numRuns = Number(process.env.TEXT_RUNS ?? 8);
/** Counted as they are kept, which may be longer than they were sent: composed, a few letters become two. */
const isLengthened = (text: string, { maxLength = Infinity }: Json): boolean =>
  [...text].length <= maxLength && [...cleanText(text)].length > maxLength;

for (const { schema, body, send, refused } of DOORS) {
  test(`${schema} takes the texts that the document allows, and no others`, async () => {
    const found = [...places({ $ref: `#/components/schemas/${schema}` }, body, "")];
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
          const isFit = text.isWellFormed() && accepts(whole, raw);
          const isKept = mistake === undefined && accepts(whole, value);
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
        const schema = resolve(given);
        const item = schema.type === "array" ? resolve(schema.items) : schema;
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
                  accepts(given, asGiven(made[0])),
                  `an address that is refused: ${canonical} ${said}`,
                );
            }
            if (accepts(given, asGiven(values))) assert.ok(!isRefused, `the document allows it: ${said}`);
            if (!accepts(given, asGiven(cleaned)) && answer.status !== 414)
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

test("the words of what is searched for are again what is searched for", () => {
  const odd = fc.oneof(
    fc.constantFrom(...ODD, "ﷺ", "𐐨", "15.6", "it's"),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  );
  const typed = fc.oneof(
    fc.string({ unit: odd, maxLength: 200 }),
    fc.tuple(fc.nat(45), odd).map(([count, end]) => "a".repeat(count) + end.repeat(3)),
  );
  fc.assert(
    fc.property(typed, (text) => {
      const words = splitWords(text.toWellFormed());
      assert.deepEqual(splitWords(words.join(" ")), words);
      assert.ok(
        words.length === 0 || accepts({ ...SuggestQuery.properties.q }, words.join(" ")),
        JSON.stringify(words),
      );
    }),
    { seed, numRuns: 50 * numRuns },
  );
});

test("every name makes a slug that can be seen and can be part of an address", () => {
  const names = fc.string({
    unit: fc.oneof(fc.constantFrom(...ODD), fc.string({ unit: "binary", minLength: 1, maxLength: 1 })),
  });
  fc.assert(
    fc.property(names, (name) => {
      assert.ok(accepts({ ...Slug }, slugOf(name)), JSON.stringify([name, slugOf(name)]));
    }),
    { seed, numRuns: 50 * numRuns },
  );
});

test("invisible is what Unicode says has no ink", () => {
  const unseen = new RegExp(`^[${INVISIBLE}]$`, "u");
  for (let code = 0; code <= 0xffff; code++) {
    const character = String.fromCodePoint(code);
    if (/\p{Default_Ignorable_Code_Point}|\p{Zs}/u.test(character))
      assert.match(character, unseen, `U+${code.toString(16)}`);
    else if (unseen.test(character)) assert.equal(code, 0x2800, `U+${code.toString(16)}`);
  }
});
