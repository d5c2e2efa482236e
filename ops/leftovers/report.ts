import { styleText } from "node:util";
import type { Item } from "../inventory/index.ts";
import { removal } from "../inventory/removal.ts";
import type { Leftovers } from "./index.ts";

/** What was removed, what is left and how to remove it, for people. */
export function report({ suffix, left, kept, removed }: Leftovers): void {
  for (const { type, id } of removed) console.log(`${styleText("green", "removed")}  ${type} ${id}`);
  for (const item of left) withRemoval(styleText("yellow", "left   "), item);
  for (const item of kept) withRemoval(styleText("cyan", "kept   "), item);
  const beside = kept.length === 0 ? "" : ` ${kept.length} kept on purpose.`;
  console.log(
    left.length === 0
      ? `Nothing of '${suffix}' is left.${beside}`
      : `${left.length} items of '${suffix}' are left.${beside}`,
  );
}

function withRemoval(mark: string, item: Item): void {
  const id = item.id === item.name ? "" : ` ${styleText("dim", item.id)}`;
  console.log(`${mark}  ${item.type} ${item.name}${id}\n         ${removal(item)}`);
}
