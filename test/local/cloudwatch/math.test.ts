import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseExpression, type Value } from "../../../local/cloudwatch/math.ts";

type Tree =
  | { readonly number: number }
  | { readonly id: string }
  | { readonly operator: string; readonly operands: readonly [Tree, Tree] }
  | { readonly name: string; readonly args: readonly Tree[] };

const IDS = ["a", "b", "m1"];
/** From what binds least to what binds most, as CloudWatch's user guide has it. */
const LEVELS = [["OR"], ["AND"], ["<", "<=", ">", ">=", "==", "!="], ["+", "-"], ["*", "/"]];
const levelOf = (tree: Tree): number =>
  "operator" in tree ? LEVELS.findIndex((operators) => operators.includes(tree.operator)) : LEVELS.length;

const { tree } = fc.letrec<{ tree: Tree }>((tie) => {
  const call = (name: string, count: number) =>
    fc.array(tie("tree"), { minLength: count, maxLength: count }).map((args) => ({ name, args }));
  return {
    tree: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.nat(4).map((number) => ({ number })),
      fc.constantFrom(...IDS).map((id) => ({ id })),
      fc.record({
        operator: fc.constantFrom(...LEVELS.flat()),
        operands: fc.tuple(tie("tree"), tie("tree")),
      }),
      call("IF", 3),
      call("FILL", 2),
      call("MIN", 2),
      call("MAX", 2),
    ),
  };
});

/** With the parentheses that are needed, and no others. */
function written(of: Tree): string {
  if ("number" in of) return String(of.number);
  if ("id" in of) return of.id;
  if ("name" in of) return `${of.name}(${of.args.map(written).join(", ")})`;
  const [left, right] = of.operands.map((operand, index) =>
    levelOf(operand) < levelOf(of) + index ? `(${written(operand)})` : written(operand),
  );
  return `${left} ${of.operator} ${right}`;
}

function computed(of: Tree, values: ReadonlyMap<string, Value>): Value {
  if ("number" in of) return of.number;
  if ("id" in of) return values.get(of.id);
  if ("name" in of) {
    const [first, second, third] = of.args.map((arg) => computed(arg, values));
    if (of.name === "IF") return first === undefined ? undefined : first !== 0 ? second : third;
    if (of.name === "FILL") return first ?? second;
    const known = [first, second].filter((value) => value !== undefined);
    return known.length === 0 ? undefined : Math[of.name === "MIN" ? "min" : "max"](...known);
  }
  const [a, b] = of.operands.map((operand) => computed(operand, values));
  if (a === undefined || b === undefined) return undefined;
  const by: Record<string, () => number | boolean> = {
    OR: () => a !== 0 || b !== 0,
    AND: () => a !== 0 && b !== 0,
    "<": () => a < b,
    "<=": () => a <= b,
    ">": () => a > b,
    ">=": () => a >= b,
    "==": () => a === b,
    "!=": () => a !== b,
    "+": () => a + b,
    "-": () => a - b,
    "*": () => a * b,
    "/": () => a / b,
  };
  return Number(by[of.operator]!());
}

describe("metric maths", () => {
  it("means what CloudWatch's order of operators says, with values and without", () => {
    const values = fc.tuple(...IDS.map(() => fc.option(fc.nat(4), { nil: undefined })));
    fc.assert(
      fc.property(tree, values, (expression, given) => {
        const known = new Map(IDS.map((id, index) => [id, given[index]]));
        const { compute } = parseExpression(written(expression));
        assert.deepEqual(compute(known), computed(expression, known), written(expression));
      }),
      { numRuns: 500 },
    );
  });

  it("names the ids that it needs, each once", () => {
    assert.deepEqual(parseExpression("IF(a > 1 AND b > 2, a / b, 0)").ids, ["a", "b"]);
  });

  for (const [text, why] of [
    ["", /a number, the id of a metric or a known function should follow, not 'its end'/],
    ["a b", /an operator should follow, not 'b'/],
    ["(a", /'\)' should follow, not 'its end'/],
    ["SUM(a)", /a known function should follow, not 'SUM'/],
    ["MIN(a)", /MIN takes 2 arguments, not 1/],
    ["a % b", /'% b' is not known here/],
  ] as const)
    it(`refuses ${JSON.stringify(text)} and says where it stops to make sense`, () => {
      assert.throws(() => parseExpression(text), why);
    });
});
