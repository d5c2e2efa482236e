import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { countResources } from "../../bench/same-stack.ts";

describe("bench:synth", () => {
  it("counts resources in either format", () => {
    assert.equal(countResources({ resource: { aws_eip: { a: {}, b: {} }, aws_vpc: { c: {} } } }), 3);
    assert.equal(countResources({ Resources: { A: {}, B: {} } }), 2);
  });
});
