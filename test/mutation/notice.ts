import { Configuration, type JsonObject } from "../../local/terraform-json/index.ts";
import { RULES } from "../../ops/audit/index.ts";

/** The rules over a configuration; first those that describe attributes, which notice most and cost least. */
const { attributes = [], ...others } = RULES;
const IN_ORDER = [...attributes, ...Object.values(others).flat()].flatMap((rule) =>
  rule.over === "configuration" ? [rule] : [],
);

/** The first rule that a configuration breaks; undefined when the audit would let it pass. */
export function noticedBy(root: JsonObject): string | undefined {
  const config = new Configuration(root);
  return IN_ORDER.find((rule) => rule.check(config).length > 0)?.id;
}
