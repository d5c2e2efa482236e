import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { validatorCompiler } from "../../src/plugins/validation.ts";

interface Outcome {
  value?: unknown;
  error?: Error & {
    validation: { keyword: string; data?: unknown }[];
    validationContext: string;
    knownParameters: string[];
  };
}

const schema = {
  type: "object",
  additionalProperties: false,
  properties: {
    limit: { type: "integer", minimum: 1, maximum: 100, default: 20 },
    inStock: { type: "boolean" },
    tag: { type: "array", items: { type: "string" }, maxItems: 3 },
    q: { type: "string", maxLength: 10 },
  },
};

function validated(given: unknown, httpPart = "querystring"): Outcome {
  const validate = validatorCompiler()({ schema, method: "GET", url: "/", httpPart });
  return (validate as (given: unknown) => Outcome)(given);
}
const values = (given: unknown, httpPart?: string) => validated(given, httpPart).value;
const keyword = (given: unknown, httpPart?: string) =>
  validated(given, httpPart).error?.validation[0]?.keyword;

const DECOMPOSED = "cafe\u0301";

describe("what an address says", () => {
  it("is read as its schema says, and what is not there has its default", () => {
    assert.deepEqual(values({}), { limit: 20 });
    assert.deepEqual(values({ limit: "1" }), { limit: 1 });
    assert.deepEqual(values({ limit: "100", inStock: "true" }), { limit: 100, inStock: true });
    assert.deepEqual(values({ inStock: "false" }), { limit: 20, inStock: false });
    assert.deepEqual(values({ tag: "a" }), { limit: 20, tag: ["a"] });
    assert.deepEqual(values({ tag: ["a", "b"] }), { limit: 20, tag: ["a", "b"] });
    assert.deepEqual(values({ q: "5" }), { limit: 20, q: "5" });
  });

  it("is refused beyond each bound, and where it is of another type", () => {
    assert.equal(keyword({ limit: "0" }), "minimum");
    assert.equal(keyword({ limit: "101" }), "maximum");
    for (const limit of ["", " 1", "1.5", "01", "1e400", "+1", "ten", "true"])
      assert.equal(keyword({ limit }), "type", limit);
    for (const inStock of ["", "1", "TRUE", "yes"]) assert.equal(keyword({ inStock }), "type", inStock);
    assert.equal(keyword({ tag: ["a", "b", "c", "d"] }), "maxItems");
    assert.equal(keyword({ q: "01234567890" }), "maxLength");
    assert.equal(keyword({ limit: ["1", "2"] }), "type", "twice where it may be once");
  });

  it("is refused where nobody knows it, with what is known", () => {
    const { error } = validated({ colour: "red" });
    assert.equal(error?.validation[0]?.keyword, "additionalProperties");
    assert.deepEqual(error?.knownParameters, ["inStock", "limit", "q", "tag"]);
    assert.equal(error?.validationContext, "querystring");
    assert.equal(keyword({ toString: "x" }), "additionalProperties", "what every object has is no parameter");
  });

  it("says with an error what was given, and one error at a time", () => {
    const { error } = validated({ limit: "101", q: "01234567890" });
    assert.equal(error?.message, "validation");
    assert.deepEqual(
      error?.validation.map(({ keyword, data }) => [keyword, data]),
      [["maximum", 101]],
    );
  });

  it("is text as it is kept: composed, also in a list; and what stands twice stays two texts", () => {
    assert.deepEqual(values({ q: DECOMPOSED, tag: DECOMPOSED }), {
      limit: 20,
      q: "caf\u00e9",
      tag: ["caf\u00e9"],
    });
    assert.deepEqual(validated({ q: ["a", " b"] }).error?.validation[0]?.data, ["a", " b"]);
    assert.deepEqual(validated({ inStock: ["true", "true"] }).error?.validation[0]?.data, ["true", "true"]);
    assert.equal(validated({ inStock: "maybe" }).error?.validation[0]?.data, "maybe");
    assert.equal(validated({ limit: "many" }).error?.validation[0]?.data, "many");
  });

  it("is known by the schema's own names, where it has any", () => {
    const of = (without: object) =>
      validatorCompiler()({ schema: without, method: "GET", url: "/", httpPart: "querystring" }) as (
        given: unknown,
      ) => Outcome;
    assert.deepEqual(of({ type: "object" })({ page: "2" }).value, { page: "2" });
    assert.deepEqual(of({ type: "array" })({ page: "2" }).error?.knownParameters, []);
  });

  it("has its slugs composed in a path, and no number read there", () => {
    assert.deepEqual(values({ q: DECOMPOSED }, "params"), { limit: 20, q: "caf\u00e9" });
    assert.equal(keyword({ limit: "5" }, "params"), "type");
    assert.equal(keyword({ limit: 5 }, "params"), "type", "all of it is text");
  });
});

describe("a validator", () => {
  it("is compiled when it is first asked, and not again", () => {
    let compiled = 0;
    const counting = {
      get type() {
        compiled++;
        return "object";
      },
    };
    const validate = validatorCompiler()({ schema: counting, method: "GET", url: "/", httpPart: "body" });
    assert.equal(compiled, 0);
    validate({});
    const once = compiled;
    assert.ok(once > 0);
    validate({});
    assert.equal(compiled, once);
  });

  it("leaves what it has no word for, and takes words that are not its own", () => {
    const schema = {
      type: "object",
      "x-note": "of ours",
      properties: { a: { type: "string", example: "b" } },
    };
    const validate = validatorCompiler()({ schema, method: "PUT", url: "/", httpPart: "body" });
    assert.deepEqual(validate({ a: "1", other: 2 }), { value: { a: "1", other: 2 } });
  });
});

describe("a body", () => {
  it("is taken as it is: no text is read as a number", () => {
    assert.deepEqual(values({ limit: 5, q: "a" }, "body"), { limit: 5, q: "a" });
    assert.equal(keyword({ limit: "5" }, "body"), "type");
    assert.deepEqual(validated({ limit: "5" }, "body").error?.knownParameters, []);
  });
});
