import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { references } from "../../../local/terraform-json/index.ts";

const found = (value: string) => references(value).map(({ address, attribute }) => [address, attribute]);

describe("references", () => {
  it("are found in order, within calls, indices and strings", () => {
    assert.deepEqual(found('${join("", [aws_lb.A.arn, aws_vpc.B[0].id])} ${data.aws_region.C.name}'), [
      ["aws_lb.A", "arn"],
      ["aws_vpc.B", ""],
      ["data.aws_region.C", "name"],
    ]);
    assert.deepEqual(
      new Set(found('${f("x ${ephemeral.aws_secret.D.value}")}').flat()),
      new Set(["ephemeral.aws_secret.D", "value"]),
    );
  });

  it("are none in text, in what is escaped, and to what is no block", () => {
    for (const text of ["aws_lb.A.arn", "$${aws_lb.A.arn}", "${local.d}", "${var.region}"])
      assert.deepEqual(found(text), [], text);
  });

  it("are found anywhere in a value", () => {
    const addresses = references({ a: ["${aws_lb.A.arn}", { b: "${aws_vpc.B.id}" }], c: 1 }).map(
      ({ address }) => address,
    );
    assert.deepEqual(addresses, ["aws_lb.A", "aws_vpc.B"]);
  });
});
