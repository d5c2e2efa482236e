/** What the edge shows at the balancer, replaced as Terraform replaces it: nobody is turned away in between. */
import { randomBytes } from "node:crypto";
import type { Parts } from "./parts.ts";

/** Seconds of stack time until all of the edge's locations send a new token. */
const PROPAGATION_SECONDS = 60;

/** The edge shows a token that no rule takes, until {@link rotateOriginToken} makes another. */
export function breakOriginToken({ blueprint }: Pick<Parts, "blueprint">): void {
  const { headers } = blueprint.edge.origin;
  for (const condition of blueprint.balancer.rules.flatMap(({ conditions }) => conditions))
    if (condition.kind === "header" && headers[condition.name] !== undefined)
      headers[condition.name] = randomBytes(20).toString("hex");
}

export async function rotateOriginToken({
  blueprint,
  clock,
}: Pick<Parts, "blueprint" | "clock">): Promise<void> {
  const { headers } = blueprint.edge.origin;
  for (const condition of blueprint.balancer.rules.flatMap(({ conditions }) => conditions)) {
    if (condition.kind !== "header") continue;
    const present = headers[condition.name];
    if (present === undefined) continue;
    const next = randomBytes(20).toString("hex");
    condition.values = [next, present];
    await clock.sleep(PROPAGATION_SECONDS);
    headers[condition.name] = next;
  }
}
