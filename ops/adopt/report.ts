import path from "node:path";
import { styleText } from "node:util";
import { removal } from "../inventory/removal.ts";
import type { Adopted } from "./adopt.ts";
import { isUnclear } from "./find-adoptable.ts";
import { ADOPT_FILE } from "./import-blocks.ts";

/** What was found, for people. */
export function report(adopted: Adopted, directory: string): string {
  const lines: string[] = [];
  const { suffix, imports, ambiguous, strays, finished, closed } = adopted;
  const where = `environment '${suffix}' in ${directory}`;
  for (const { to, id } of imports)
    lines.push(`${styleText("green", "adopt")}  ${to}  ${styleText("dim", id)}`);
  for (const { to, id } of finished)
    lines.push(
      `${styleText("green", "finish")} ${to}  ${styleText("dim", id)}: an apply failed while it was made`,
    );
  for (const rule of closed) {
    lines.push(
      `${styleText("green", "close")}  ${rule}: AWS's default egress, which the killed apply had not yet revoked`,
    );
  }
  for (const { to, ids } of ambiguous) {
    lines.push(
      `${styleText("yellow", "choose")} ${to} exists ${ids.length} times: ${ids.join(", ")}. Keep the one that is in use.`,
    );
  }
  for (const item of strays) {
    const place = item.vpc
      ? ` in ${item.vpc}, which is not this stack's VPC`
      : ", beside the one in the state";
    lines.push(`${styleText("yellow", "stray")}  ${item.type} ${item.name} ${item.id}${place}`);
    lines.push(`       ${styleText("dim", removal(item))}`);
  }
  if (isUnclear(adopted)) {
    lines.push(
      `\nNothing was written for ${where}, and an apply now would make it worse. Delete what should not be, then run this again.`,
    );
  } else if (imports.length === 0 && finished.length > 0)
    lines.push(`\nThe next apply finishes what was half made for ${where}.`);
  else if (imports.length === 0)
    lines.push(`Nothing to adopt for ${where}: its state knows all that exists.`);
  else {
    lines.push(
      `\n${imports.length} import blocks for ${where} are in ${path.join(directory, ADOPT_FILE)}. Next: the apply (bin/catalog deploy, or terraform apply; then delete that file).`,
    );
  }
  return lines.join("\n");
}
