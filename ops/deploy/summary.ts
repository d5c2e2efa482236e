import { styleText } from "node:util";
import type { Action, Change } from "./changes.ts";
import { interruptions } from "./changes.ts";

const WORDS: Record<Action, string> = {
  create: "created",
  change: "changed",
  replace: "REPLACED",
  destroy: "destroyed",
  import: "taken over from an earlier run",
  revise: "given a new revision",
};

const COLOURS = {
  create: "green",
  change: "yellow",
  replace: "red",
  destroy: "red",
  import: "cyan",
  revise: "yellow",
} as const satisfies Record<Action, string>;

/** Which changes are named one by one however many there are. */
const ALWAYS_NAMED: readonly Action[] = ["replace", "destroy"];
/** More creations than this are counted by type. */
const NAMED_AT_MOST = 12;
const TYPES_SHOWN = 6;

/** The plan in words: counts, then each change with its reason, then what restarts. */
export function summary(changes: readonly Change[], more: readonly string[] = []): string {
  if (changes.length === 0) return ["No changes: what runs is what the settings say.", ...more].join("\n");
  const lines: string[] = [];
  const counts = (Object.keys(WORDS) as Action[])
    .map((action) => [action, changes.filter((change) => change.action === action)] as const)
    .filter(([, of]) => of.length > 0);
  lines.push(
    `${counts.map(([action, of]) => styleText(COLOURS[action], `${of.length} ${WORDS[action]}`)).join(", ")}.`,
  );
  for (const [action, of] of counts) {
    if (of.length > NAMED_AT_MOST && !ALWAYS_NAMED.includes(action))
      lines.push(`  ${WORDS[action].padEnd(10)} ${byType(of)}`);
    else for (const change of of) lines.push(`  ${line(change)}`);
  }
  const restarts = interruptions(changes);
  lines.push(...(restarts.length > 0 ? restarts : ["Nothing that runs restarts."]), ...more);
  return lines.join("\n");
}

function line({ action, type, name, address, because }: Change): string {
  const reason = because.length > 0 ? ` (${because.join(", ")})` : "";
  return `${styleText(COLOURS[action], WORDS[action].padEnd(10))} ${type} ${name || address.slice(type.length + 1)}${reason}`;
}

/** The most frequent types by their counts, and how many there are beside them. */
export function byType(changes: readonly { readonly type: string }[]): string {
  const counts = new Map<string, number>();
  for (const { type } of changes) counts.set(type, (counts.get(type) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  const shown = sorted
    .slice(0, TYPES_SHOWN)
    .map(([type, count]) => `${count} × ${type.replace(/^aws_/, "")}`);
  const rest = sorted.slice(TYPES_SHOWN).reduce((sum, [, count]) => sum + count, 0);
  return [...shown, ...(rest > 0 ? [`and ${rest} of ${sorted.length - TYPES_SHOWN} other types`] : [])].join(
    ", ",
  );
}
