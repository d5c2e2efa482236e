import { ORDER, unordered } from "../ordering.ts";
import { type Rule, rule } from "./rule.ts";

/** The order in which Terraform makes the stack, and takes it away against it: one rule for each edge. */
export const order: readonly Rule[] = ORDER.map((edge) =>
  rule({
    id: edge.id,
    source: "AWS and Terraform, ordering",
    words: `${edge.edge}; else ${edge.without}`,
    check: (config) =>
      unordered(config, edge).map(([from, to]) => ({
        address: from.address,
        message: `Add ${to.address} to its depends_on.`,
      })),
  }),
);
