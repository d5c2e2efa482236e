import { styleText } from "node:util";
import type { Item } from "../inventory/item.ts";
import { removal } from "../inventory/removal.ts";
import type { Leftovers } from "./leftovers.ts";

/** What was removed, what is left and how to remove it, for people. */
export function report({ suffix, left, kept, removed }: Leftovers): string {
  const beside = kept.length === 0 ? "" : ` ${kept.length} kept on purpose.`;
  return [
    ...removed.map(({ type, id }) => `${styleText("green", "removed")}  ${type} ${id}`),
    ...left.map((item) => withRemoval(styleText("yellow", "left   "), item)),
    ...kept.map((item) => withRemoval(styleText("cyan", "kept   "), item)),
    left.length === 0
      ? `Nothing of '${suffix}' is left.${beside}`
      : `${left.length} items of '${suffix}' are left.${beside}`,
  ].join("\n");
}

function withRemoval(mark: string, item: Item): string {
  const id = item.id === item.name ? "" : ` ${styleText("dim", item.id)}`;
  return `${mark}  ${item.type} ${item.name}${id}\n         ${removal(item)}`;
}
