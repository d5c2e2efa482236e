/** What an expression of the Terraform JSON refers to: by address, without evaluating anything. */
import type { Json } from "./json.ts";

/** `${aws_lb.Alb.dns_name}` → address `aws_lb.Alb`, attribute `dns_name`. */
export interface Reference {
  readonly address: string;
  readonly attribute: string;
}

/** The expressions of a template: `a-${x.y}-${f("}")}` → `x.y`, `f("}")`. `$${` is an escaped dollar sign. */
export function expressions(template: string): string[] {
  const found: string[] = [];
  for (let start = template.indexOf("${"); start >= 0; start = template.indexOf("${", start + 2)) {
    if (template[start - 1] === "$") continue;
    let depth = 1;
    let quoted = false;
    let end = start + 2;
    for (; end < template.length && depth > 0; end++) {
      const character = template[end];
      if (character === '"' && template[end - 1] !== "\\") quoted = !quoted;
      else if (!quoted && character === "{") depth++;
      else if (!quoted && character === "}") depth--;
    }
    found.push(template.slice(start + 2, end - 1));
  }
  return found;
}

const REFERENCE = /((?:\b(?:data|ephemeral)\.)?\b[a-z][a-z0-9]*_[a-z0-9_]+\.[A-Za-z_][\w-]*)(?:\.(\w+))?/g;

/** What objects and lists are known to refer to: the rules ask for the same ones again and again. */
const known = new WeakMap<object, readonly Reference[]>();

/** What a value refers to, anywhere in it. A document must not be changed once it has been asked about. */
export function references(value: Json | undefined): readonly Reference[] {
  if (typeof value === "string") {
    return expressions(value).flatMap((expression) =>
      [...expression.matchAll(REFERENCE)].map((match) => ({ address: match[1]!, attribute: match[2] ?? "" })),
    );
  }
  if (typeof value !== "object" || value === null) return [];
  const found = known.get(value) ?? Object.values(value).flatMap(references);
  known.set(value, found);
  return found;
}
