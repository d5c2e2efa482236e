import { styleText } from "node:util";
import { removal } from "../inventory/removal.ts";
import type { Leftovers } from "./index.ts";

/** What was removed, what is left and how to remove it, for people. */
export function report({ suffix, left, removed }: Leftovers): void {
  for (const { type, id } of removed) console.log(`${styleText("green", "removed")}  ${type} ${id}`);
  for (const item of left) {
    console.log(`${styleText("yellow", "left")}     ${item.type} ${item.name} ${styleText("dim", item.id)}`);
    console.log(`         ${removal(item)}`);
  }
  console.log(
    left.length === 0 ? `Nothing of '${suffix}' is left.` : `${left.length} items of '${suffix}' are left.`,
  );
}
