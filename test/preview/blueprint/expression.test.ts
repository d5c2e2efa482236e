import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { evaluateTemplate, type Value } from "../../../preview/blueprint/expression.ts";

const world: { [reference: string]: Value } = {
  "aws_lb.Alb.dns_name": "alb.example",
  "aws_subnet.Public.cidr_block": "10.0.0.0/20",
  "data.aws_availability_zones.Zones.names": ["a", "b", "c"],
  "local.settings": { port: 5432 },
};

function evaluate(template: string): Value {
  return evaluateTemplate(template, (steps) => {
    const value = world[steps.join(".")];
    if (value === undefined) throw new Error(`a reference to ${steps.join(".")}`);
    return value;
  });
}

describe("a template", () => {
  const cases: [template: string, value: Value][] = [
    ["plain", "plain"],
    ["", ""],
    ["${aws_lb.Alb.dns_name}", "alb.example"],
    ["http://${aws_lb.Alb.dns_name}/v1", "http://alb.example/v1"],
    ["$${not.a.reference}", "${not.a.reference}"],
    [
      '${jsonencode({"a" = aws_lb.Alb.dns_name, b : [1, true, null]})}',
      '{"a":"alb.example","b":[1,true,null]}',
    ],
    ['${join(",", [aws_subnet.Public.cidr_block, "x"])}', "10.0.0.0/20,x"],
    ["${element(data.aws_availability_zones.Zones.names, 4)}", "b"],
    ["${data.aws_availability_zones.Zones.names[1 + 1]}", "c"],
    ["${(local.settings).port}", 5432],
    ["${1 + 2 * 3 - 4}", 3],
    ["${-2 * 3 < 1 && !false ? 8 / 2 : 0}", 4],
    ['${"a" == "a" ? "yes ${aws_lb.Alb.dns_name}" : "no"}', "yes alb.example"],
    ['${replace("a.b.c", ".", "-")}', "a-b-c"],
    ['${format("%s:%d %%", "host", 80)}', "host:80 %"],
    ['${lookup({ a = 1 }, "b", 2)}', 2],
    ['${jsondecode("{\\"key\\": 7}")["key"]}', 7],
    ['${"line\\nbreak"}', "line\nbreak"],
  ];
  for (const [template, value] of cases) {
    it(`${template || "(empty)"} is ${JSON.stringify(value)}`, () =>
      assert.deepEqual(evaluate(template), value));
  }

  it("keeps the type of a lone expression, and makes text of anything around it", () => {
    assert.equal(evaluate("${1 + 1}"), 2);
    assert.equal(evaluate("${1 + 1} tasks"), "2 tasks");
  });

  const refused: [template: string, message: RegExp][] = [
    ["${file(x)}", /the function file\(\), which the preview does not know/],
    ["${[for x in y : x]}", /a for expression/],
    ["%{ if true }x%{ endif }", /a template directive/],
    ["${aws_lb.Other.arn}", /aws_lb\.Other\.arn/],
    ["${join(}", /cannot read/],
    ['${"open}', /a string without an end/],
    ["${data.aws_availability_zones.Zones.names} and more", /a list or an object where text is expected/],
    ["${data.aws_availability_zones.Zones.names[7]}", /.*/],
  ];
  for (const [template, message] of refused) {
    it(`${template} is refused, not guessed`, () => assert.throws(() => evaluate(template), { message }));
  }
});
