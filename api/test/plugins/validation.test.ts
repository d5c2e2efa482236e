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

  it("says with an error what was given", () => {
    assert.equal(validated({ limit: "101" }).error?.validation[0]?.data, 101);
  });
});

describe("a body", () => {
  it("is taken as it is: no text is read as a number", () => {
    assert.deepEqual(values({ limit: 5, q: "a" }, "body"), { limit: 5, q: "a" });
    assert.equal(keyword({ limit: "5" }, "body"), "type");
    assert.deepEqual(validated({ limit: "5" }, "body").error?.knownParameters, []);
  });
});
