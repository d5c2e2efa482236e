/** Which names an environment gives, so that what bears one of them is its own and nobody else's. */

import { synthesise } from "../../local/synthesise.ts";
import type { Json, JsonObject } from "../../local/terraform-json/index.ts";
import { OPTIONS } from "../rehearsal/settings.ts";

/** Stands for the suffix while the names are collected; no name of the stack contains it otherwise. */
const PLACEHOLDER = "zzsuffixzz";

/** What makes a parameter group of another major version's name. */
const NEWER_ENGINE = { DATABASE_ENGINE_VERSION: "17.4" };

/** What the commands make beside the stack: `destroy --keep-data`, `restore`, `bootstrap --github`. */
const BESIDE_THE_STACK = [
  `snapshot-0t0-${PLACEHOLDER}`,
  `restored-aurora-${PLACEHOLDER}`,
  `restored-aurora-writer-${PLACEHOLDER}`,
  `task-restore-${PLACEHOLDER}`,
  `role-github-${PLACEHOLDER}`,
];

/** Tells whether a name is one that an environment gives. */
export type IsNameOf = (name: string) => boolean;

/**
 * The names of one environment, taken from the synthesised stack itself. A name is compared whole: `vpc-prod2` is not
 * `prod`'s, and neither is `vpc-eu-prod`, which ends like one of its names. Numbers in it (versions, ports, zones) may
 * be others than today's settings give.
 *
 * @throws SynthesisFailed when the stack cannot be synthesised
 */
export const namesOf = async (suffix: string): Promise<IsNameOf> => matcher(suffix, await templatesOfStack());

/** Every name that an environment may give, with the placeholder in the suffix's place. */
export async function templatesOfStack(): Promise<string[]> {
  const settings = { ENVIRONMENT_SUFFIX: PLACEHOLDER };
  const stacks = await Promise.all([
    synthesise(settings),
    synthesise({ ...settings, ...OPTIONS, ...NEWER_ENGINE }),
  ]);
  return [...new Set([...stacks.flatMap(namesIn), ...BESIDE_THE_STACK])];
}

/** @param templates names with the placeholder in the suffix's place */
export function matcher(suffix: string, templates: readonly string[]): IsNameOf {
  const patterns = templates.map((template) => pattern(template, suffix));
  const whole = new RegExp(`^(?:${[...new Set(patterns)].join("|")})$`);
  return (name) => whole.test(name);
}

/** Every value that contains the suffix and nothing but what a name may: names, `Name` tags, families. */
function namesIn(stack: JsonObject): string[] {
  const found: string[] = [];
  const visit = (value: Json | undefined): void => {
    if (typeof value === "string") {
      const name = value.replaceAll(/\$\{[^}]*account_id\}/g, "0");
      if (name.includes(PLACEHOLDER) && /^[\w./-]+$/.test(name)) found.push(name);
    } else if (value !== null && typeof value === "object") Object.values(value).forEach(visit);
  };
  visit(stack.resource);
  return found;
}

function pattern(template: string, suffix: string): string {
  return template
    .split(PLACEHOLDER)
    .map((part) => part.split(/\d+/).map(RegExp.escape).join("\\d+"))
    .join(RegExp.escape(suffix));
}
