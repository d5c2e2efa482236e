import { Configuration, isObject, type JsonObject } from "../../local/terraform-json/index.ts";
import { RULES } from "../../ops/audit/audit.ts";
import type { Rule } from "../../ops/audit/rule.ts";

const { attributes = [], ...others } = RULES;
const configurationRules = (rules: readonly Rule[]) =>
  rules.flatMap((rule) => (rule.over === "configuration" ? [rule] : []));
/** Rules that look at one block at a time, or at what is no block. */
const BY_BLOCK = configurationRules(attributes);
const BETWEEN_BLOCKS = configurationRules(Object.values(others).flat());

/**
 * The first rule that a configuration breaks; undefined when the audit would let it pass.
 *
 * @param before what it was made of, which breaks none: a block that it shares with that is not looked at by itself again
 */
export function noticedBy(root: JsonObject, before: JsonObject): string | undefined {
  const changed = new Configuration(changedIn(root, before));
  const first = BY_BLOCK.find((rule) => rule.check(changed).length > 0);
  if (first) return first.id;
  const config = new Configuration(root);
  return BETWEEN_BLOCKS.find((rule) => rule.check(config).length > 0)?.id;
}

/** A configuration without the blocks that are the same objects in `before`. */
function changedIn(root: JsonObject, before: JsonObject): JsonObject {
  const changed = ["resource", "data", "ephemeral"].flatMap((mode) =>
    isObject(root[mode]) && isObject(before[mode]) ? [[mode, othersThan(root[mode], before[mode])]] : [],
  );
  return { ...root, ...Object.fromEntries(changed) };
}

function othersThan(section: JsonObject, before: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(section).map(([type, named]) => {
      const old = before[type];
      if (!isObject(named) || !isObject(old)) return [type, named];
      return [type, Object.fromEntries(Object.entries(named).filter(([name, body]) => old[name] !== body))];
    }),
  );
}
