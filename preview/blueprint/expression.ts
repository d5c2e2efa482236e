/**
 * Terraform's template and expression language, as far as synthesised JSON uses it: references, literals, function
 * calls, conditionals and arithmetic. What it does not know is an error, never a guess.
 * Grammar: https://developer.hashicorp.com/terraform/language/syntax/json#expression-mapping
 */
import { functions } from "./functions.ts";

export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };

/** The steps of a reference, e.g. `["aws_lb", "Alb_1A2B", "dns_name"]`. */
export type Steps = (string | number)[];

/** Resolves a reference, consuming all steps; throws for one that it does not know. */
export type Resolve = (steps: Steps) => Value;

type Expression = (resolve: Resolve) => Value;

const constant =
  (value: Value): Expression =>
  () =>
    value;

/** Evaluates a string of the JSON: a lone `${…}` keeps its type, anything around it makes text. */
export function evaluateTemplate(template: string, resolve: Resolve): Value {
  return parseTemplate(template)(resolve);
}

function parseTemplate(template: string): Expression {
  const parts: Expression[] = [];
  let literal = "";
  for (let at = 0; at < template.length; ) {
    const two = template.slice(at, at + 3);
    if (two === "$${" || two === "%%{") {
      literal += two.slice(1);
      at += 3;
    } else if (two.startsWith("%{")) {
      throw new Error("a template directive %{…}, which the preview does not evaluate");
    } else if (two.startsWith("${")) {
      if (literal) parts.push(constant(literal));
      literal = "";
      const parser = new Parser(template, at + 2);
      parts.push(parser.interpolation());
      at = parser.at;
    } else {
      literal += template[at++];
    }
  }
  if (literal || parts.length === 0) parts.push(constant(literal));
  if (parts.length === 1) return parts[0]!;
  return combine(parts, (values) => values.map(toText).join(""));
}

function combine(parts: Expression[], join: (values: Value[]) => Value): Expression {
  return (resolve) => join(parts.map((part) => part(resolve)));
}

export function toText(value: Value): string {
  if (value === null) return "";
  if (typeof value === "object") throw new Error("a list or an object where text is expected");
  return String(value);
}

const operators: { [symbol: string]: [precedence: number, (a: Value, b: Value) => Value] } = {
  "||": [1, (a, b) => Boolean(a) || Boolean(b)],
  "&&": [2, (a, b) => Boolean(a) && Boolean(b)],
  "==": [3, (a, b) => JSON.stringify(a) === JSON.stringify(b)],
  "!=": [3, (a, b) => JSON.stringify(a) !== JSON.stringify(b)],
  ">=": [4, (a, b) => Number(a) >= Number(b)],
  "<=": [4, (a, b) => Number(a) <= Number(b)],
  ">": [4, (a, b) => Number(a) > Number(b)],
  "<": [4, (a, b) => Number(a) < Number(b)],
  "+": [5, (a, b) => Number(a) + Number(b)],
  "-": [5, (a, b) => Number(a) - Number(b)],
  "*": [6, (a, b) => Number(a) * Number(b)],
  "/": [6, (a, b) => Number(a) / Number(b)],
  "%": [6, (a, b) => Number(a) % Number(b)],
};

/** Recursive descent over the source; each method consumes what it is named after and leaves `at` behind it. */
class Parser {
  readonly source: string;
  at: number;

  constructor(source: string, at: number) {
    this.source = source;
    this.at = at;
  }

  interpolation(): Expression {
    if (this.accept("~")) this.space();
    const expression = this.conditional();
    this.accept("~");
    this.expect("}");
    return expression;
  }

  conditional(): Expression {
    const test = this.binary(0);
    if (!this.accept("?")) return test;
    const yes = this.conditional();
    this.expect(":");
    const no = this.conditional();
    return (resolve) => (test(resolve) ? yes : no)(resolve);
  }

  binary(minimum: number): Expression {
    let left = this.unary();
    for (;;) {
      this.space();
      const symbol = Object.keys(operators).find((candidate) => this.source.startsWith(candidate, this.at));
      if (!symbol) return left;
      const [precedence, apply] = operators[symbol]!;
      if (precedence <= minimum) return left;
      this.at += symbol.length;
      left = combine([left, this.binary(precedence)], ([a, b]) => apply(a!, b!));
    }
  }

  unary(): Expression {
    if (this.accept("!")) return combine([this.unary()], ([value]) => !value);
    if (this.accept("-")) return combine([this.unary()], ([value]) => -Number(value));
    return this.steps(this.primary());
  }

  primary(): Expression {
    this.space();
    const next = this.source[this.at] ?? "";
    if (next === '"') return this.quoted();
    if (this.accept("(")) {
      const inner = this.conditional();
      this.expect(")");
      return inner;
    }
    if (this.accept("[")) return combine(this.items("]"), (values) => values);
    if (this.accept("{")) return this.object();
    const number = this.match(/\d+(\.\d+)?/y);
    if (number) return constant(Number(number));
    const word = this.match(/[A-Za-z_][\w-]*/y);
    if (!word) throw new Error(`an expression that the preview cannot read at "${this.rest()}"`);
    if (word === "for") throw new Error("a for expression, which the preview does not evaluate");
    if (word in literals) return constant(literals[word]!);
    return this.accept("(") ? this.call(word) : this.reference(word);
  }

  call(name: string): Expression {
    const apply = functions[name];
    if (!apply) throw new Error(`the function ${name}(), which the preview does not know`);
    return combine(this.items(")"), (values) => apply(...values));
  }

  /** A whole traversal of literal steps belongs to the reference; computed indices are taken by `steps`. */
  reference(first: string): Expression {
    const path: Steps = [first];
    for (;;) {
      const name = this.match(/\.([A-Za-z_][\w-]*|\d+)/y) ?? this.match(/\[(\d+|"[^"$]*")\]/y);
      if (!name) break;
      const step = name.replace(/^\.|^\["?|"?\]$/g, "");
      path.push(/^\d+$/.test(step) ? Number(step) : step);
    }
    return (resolve) => resolve(path);
  }

  steps(start: Expression): Expression {
    let expression = start;
    for (;;) {
      const name = this.match(/\.[A-Za-z_][\w-]*/y);
      if (name) expression = combine([expression], ([value]) => step(value!, name.slice(1)));
      else if (this.source[this.at] === "[") {
        this.at++;
        const index = this.conditional();
        this.expect("]");
        expression = combine([expression, index], ([value, key]) => step(value!, key as string | number));
      } else return expression;
    }
  }

  items(end: string): Expression[] {
    const items: Expression[] = [];
    while (!this.accept(end)) {
      items.push(this.conditional());
      if (!this.accept(",")) {
        this.expect(end);
        break;
      }
    }
    return items;
  }

  object(): Expression {
    const entries: Expression[] = [];
    while (!this.accept("}")) {
      this.space();
      const bare = this.match(/[A-Za-z_][\w-]*(?=\s*[=:])/y);
      entries.push(bare ? constant(bare) : this.primary());
      if (!this.accept("=")) this.expect(":");
      entries.push(this.conditional());
      this.accept(",");
    }
    return combine(entries, (values) => {
      const object: { [key: string]: Value } = {};
      for (let at = 0; at < values.length; at += 2) object[toText(values[at]!)] = values[at + 1]!;
      return object;
    });
  }

  /** A quoted string may hold interpolations of its own, so that its end is found by walking it. */
  quoted(): Expression {
    this.at++;
    const parts: Expression[] = [];
    for (;;) {
      const character = this.source[this.at];
      if (character === undefined) throw new Error("a string without an end");
      if (character === '"') break;
      if (this.source.startsWith("$${", this.at)) {
        parts.push(constant("${"));
        this.at += 3;
      } else if (this.source.startsWith("${", this.at)) {
        this.at += 2;
        parts.push(this.interpolation());
      } else if (character === "\\") {
        parts.push(constant(escapes[this.source[this.at + 1]!] ?? this.source[this.at + 1]!));
        this.at += 2;
      } else {
        parts.push(constant(character));
        this.at++;
      }
    }
    this.at++;
    return combine(parts, (values) => values.map(toText).join(""));
  }

  space(): void {
    this.match(/\s+/y);
  }

  accept(token: string): boolean {
    this.space();
    if (!this.source.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  expect(token: string): void {
    if (!this.accept(token)) throw new Error(`"${token}" missing before "${this.rest()}"`);
  }

  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.source)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  rest(): string {
    return this.source.slice(this.at, this.at + 30);
  }
}

const literals: { [word: string]: Value } = { true: true, false: false, null: null };
const escapes: { [character: string]: string } = { n: "\n", t: "\t", r: "\r" };

/** One step into a list or an object. Terraform allows a block that occurs once to be written without its index. */
export function step(value: Value, key: string | number): Value {
  if (Array.isArray(value)) {
    const item = typeof key === "number" || /^\d+$/.test(key) ? value[Number(key)] : undefined;
    if (item !== undefined) return item;
    if (value.length === 1 && typeof key === "string") return step(value[0]!, key);
  } else if (value !== null && typeof value === "object") {
    if (Object.hasOwn(value, key)) return value[key]!;
    if (key === 0) return value;
  }
  throw new Error(`there is no ${typeof key === "number" ? `item ${key}` : `"${key}"`} in it`);
}
