import { ORDER, unordered } from "../ordering.ts";
import { type Rule, rule } from "./rule.ts";

/** The order in which Terraform makes the stack, and takes it away against it: one rule for each edge. */
export const order: readonly Rule[] = ORDER.map((edge) =>
  rule(edge.id, "AWS and Terraform, ordering", `${edge.edge}; else ${edge.without}`, (config) =>
    unordered(config, edge).map(([from, to]) => ({
      address: from.address,
      message: `Add ${to.address} to its depends_on.`,
    })),
  ),
);
