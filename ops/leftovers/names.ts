/** Which names an environment gives, so that what bears one of them is its own and nobody else's. */

import { synthesise } from "../../local/synthesise.ts";
import type { Json, JsonObject } from "../../local/terraform-json/index.ts";
import { OPTIONS } from "../rehearsal/settings.ts";

/** Stands for the suffix while the names are collected; no name of the stack contains it otherwise. */
const PLACEHOLDER = "zzsuffixzz";

/** What makes a parameter group of another major version's name. */
const NEWER_ENGINE = { DATABASE_ENGINE_VERSION: "17.4" };

/** What the commands make beside the stack: `destroy --keep-data`, `restore`, `bootstrap --github`. */
const BESIDE_THE_STACK: readonly Template[] = [
  { type: "aws_db_cluster_snapshot", name: `snapshot-0t0-${PLACEHOLDER}` },
  { type: "aws_rds_cluster", name: `restored-aurora-${PLACEHOLDER}` },
  { type: "aws_rds_cluster_instance", name: `restored-aurora-writer-${PLACEHOLDER}` },
  { type: "aws_ecs_task_definition", name: `task-restore-${PLACEHOLDER}` },
  { type: "aws_iam_role", name: `role-github-${PLACEHOLDER}` },
  { type: "aws_iam_role", name: `role-plan-${PLACEHOLDER}` },
];

/** A name that an environment may give, with the placeholder in the suffix's place. */
export interface Template {
  /** Terraform's type of what it is given to. */
  readonly type: string;
  readonly name: string;
}

/** Tells whether a name is one that an environment gives to something of a type; without one, to anything. */
export type IsNameOf = (name: string, type?: string) => boolean;

/**
 * The names of one environment, taken from the synthesised stack itself. A name is compared whole: `vpc-prod2` is not
 * `prod`'s, and neither is `vpc-eu-prod`, which ends like one of its names. It is compared with those of its type alone:
 * `aurora-writer-a` is an instance of `a`, and a cluster of `writer-a`. Numbers in it (versions, ports, zones) may be others
 * than today's settings give.
 *
 * @throws SynthesisFailed when the stack cannot be synthesised
 */
export const namesOf = async (suffix: string): Promise<IsNameOf> => matcher(suffix, await templatesOfStack());

/** Every name that an environment may give, with the placeholder in the suffix's place. */
export async function templatesOfStack(): Promise<Template[]> {
  const settings = { ENVIRONMENT_SUFFIX: PLACEHOLDER };
  const stacks = await Promise.all([
    synthesise(settings),
    synthesise({ ...settings, ...OPTIONS, ...NEWER_ENGINE }),
  ]);
  const all = [...stacks.flatMap(namesIn), ...BESIDE_THE_STACK];
  return [...new Map(all.map((each) => [`${each.type} ${each.name}`, each])).values()];
}

/** @param templates names with the placeholder in the suffix's place */
export function matcher(suffix: string, templates: readonly Template[]): IsNameOf {
  const patterns = Map.groupBy(templates, ({ type }) => type);
  const whole = new Map(
    [...patterns].map(([type, ofType]) => {
      const names = new Set(ofType.map(({ name }) => pattern(name, suffix)));
      return [type, new RegExp(`^(?:${[...names].join("|")})$`)];
    }),
  );
  return (name, type) =>
    type === undefined
      ? whole.values().some((names) => names.test(name))
      : (whole.get(type)?.test(name) ?? false);
}

/** Every value that contains the suffix and nothing but what a name may: names, `Name` tags, families. */
function namesIn(stack: JsonObject): Template[] {
  const found: Template[] = [];
  const visit = (type: string, value: Json | undefined): void => {
    if (typeof value === "string") {
      const name = value.replaceAll(/\$\{[^}]*account_id\}/g, "0");
      if (name.includes(PLACEHOLDER) && /^[\w./-]+$/.test(name)) found.push({ type, name });
    } else if (value !== null && typeof value === "object")
      for (const part of Object.values(value)) visit(type, part);
  };
  for (const [type, resources] of Object.entries(stack.resource as JsonObject)) visit(type, resources);
  return found;
}

function pattern(template: string, suffix: string): string {
  return template
    .split(PLACEHOLDER)
    .map((part) => part.split(/\d+/).map(RegExp.escape).join("\\d+"))
    .join(RegExp.escape(suffix));
}
