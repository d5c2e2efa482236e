import { ORDER, unordered } from "../ordering.ts";
import { type Rule, rule } from "./rule.ts";

/** The order in which Terraform makes the stack, and takes it away against it: one rule for each dependency. */
export const order: readonly Rule[] = ORDER.map((dependency) =>
  rule({
    id: dependency.id,
    source: "AWS and Terraform, ordering",
    words: `${dependency.words}; else ${dependency.without}`,
    check: (config) =>
      unordered(config, dependency).map(([from, to]) => ({
        address: from.address,
        message: `Add ${to.address} to its depends_on.`,
      })),
  }),
);
