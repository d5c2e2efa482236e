import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const known = new Map<string, ReadonlySet<string>>();

/**
 * The arguments that the provider's schema gives a resource type, as Terraform writes them (`force_destroy`). Read from
 * the generated bindings, so that a type is known here without anybody having listed it.
 */
export function argumentsOf(type: string): ReadonlySet<string> {
  const cached = known.get(type);
  if (cached) return cached;
  const folder = type.replace(/^aws_/, "").replaceAll("_", "-");
  const text = readFileSync(require.resolve(`@cdktn/provider-aws/lib/${folder}/index.d.ts`), "utf8");
  const [, body] =
    /export interface \w+Config extends cdktn\.TerraformMetaArguments \{\n(.*?)\n\}/s.exec(text) ?? [];
  if (!body) throw new Error(`the bindings of ${type} have no arguments: has their layout changed?`);
  const found = new Set([...body.matchAll(/^ {4}readonly (\w+)\??:/gm)].map((match) => snakeCase(match[1]!)));
  known.set(type, found);
  return found;
}

const snakeCase = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
