/**
 * CloudWatch's metric maths, as far as the stack's alarms use it: arithmetic, comparisons, `AND` and `OR`, `IF`, `FILL`, `MIN`
 * and `MAX`, one period at a time (CloudWatch user guide, "Using math expressions with CloudWatch metrics").
 */

/** The value of a time series in one period; undefined where it has no datapoint. */
export type Value = number | undefined;
/** What the names in an expression stand for in one period. */
export type Values = ReadonlyMap<string, Value>;

type Node = (values: Values) => Value;

/** An expression that can be computed, and the names in it. */
export interface Expression {
  readonly ids: readonly string[];
  compute(values: Values): Value;
}

/** What an operator makes of two values; with either missing, the result is missing. */
const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  OR: (a, b) => Number(a !== 0 || b !== 0),
  AND: (a, b) => Number(a !== 0 && b !== 0),
  "<": (a, b) => Number(a < b),
  "<=": (a, b) => Number(a <= b),
  ">": (a, b) => Number(a > b),
  ">=": (a, b) => Number(a >= b),
  "==": (a, b) => Number(a === b),
  "!=": (a, b) => Number(a !== b),
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
};
/** From what binds least to what binds most. */
const LEVELS = [["OR"], ["AND"], ["<", "<=", ">", ">=", "==", "!="], ["+", "-"], ["*", "/"]];

const FUNCTIONS: Readonly<Record<string, { readonly arity: number; apply(args: Value[]): Value }>> = {
  IF: {
    arity: 3,
    apply: ([condition, yes, no]) => (condition === undefined ? undefined : condition !== 0 ? yes : no),
  },
  FILL: { arity: 2, apply: ([value, otherwise]) => value ?? otherwise },
  MIN: { arity: 2, apply: (args) => extreme(args, Math.min) },
  MAX: { arity: 2, apply: (args) => extreme(args, Math.max) },
};

function extreme(args: Value[], choose: (...numbers: number[]) => number): Value {
  const known = args.filter((arg) => arg !== undefined);
  return known.length === 0 ? undefined : choose(...known);
}

const TOKEN = /\s*(\d+(?:\.\d+)?|[A-Za-z_]\w*|<=|>=|==|!=|[-+*/<>(),])/y;

/** @throws SyntaxError that says where an expression stops to make sense, or what in it is not known here */
export function parseExpression(text: string): Expression {
  const tokens = tokensOf(text);
  const ids = new Set<string>();
  let at = 0;
  const fail = (expected: string) =>
    new SyntaxError(`'${text}': ${expected}, not '${tokens[at] ?? "its end"}'`);
  const take = (token: string) => {
    if (tokens[at] !== token) throw fail(`'${token}' should follow`);
    at++;
  };

  const level = (depth: number): Node => {
    const operators = LEVELS[depth];
    if (!operators) return operand();
    let left = level(depth + 1);
    for (
      let operator = tokens[at];
      operator !== undefined && operators.includes(operator);
      operator = tokens[at]
    ) {
      at++;
      left = binary(BINARY[operator]!, left, level(depth + 1));
    }
    return left;
  };
  const operand = (): Node => {
    const token = tokens[at];
    if (token === "(") {
      at++;
      const inner = level(0);
      take(")");
      return inner;
    }
    if (token !== undefined && /^\d/.test(token)) {
      at++;
      return () => Number(token);
    }
    if (token !== undefined && Object.hasOwn(FUNCTIONS, token)) return call(token);
    if (token === undefined || !/^[a-z]/.test(token))
      throw fail("a number, the id of a metric or a known function should follow");
    at++;
    ids.add(token);
    return (values) => values.get(token);
  };
  const call = (name: string): Node => {
    const { arity, apply } = FUNCTIONS[name]!;
    at++;
    take("(");
    const args = [level(0)];
    while (tokens[at] === ",") {
      at++;
      args.push(level(0));
    }
    take(")");
    if (args.length !== arity)
      throw new SyntaxError(`'${text}': ${name} takes ${arity} arguments, not ${args.length}`);
    return (values) => apply(args.map((arg) => arg(values)));
  };

  const root = level(0);
  if (at < tokens.length) throw fail("an operator should follow");
  return { ids: [...ids], compute: (values) => root(values) };
}

function binary(apply: (a: number, b: number) => number, left: Node, right: Node): Node {
  return (values) => {
    const [a, b] = [left(values), right(values)];
    return a === undefined || b === undefined ? undefined : apply(a, b);
  };
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const start = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new SyntaxError(`'${text}': '${text.slice(start).trim()}' is not known here`);
    tokens.push(match[1]!);
  }
  return tokens;
}
