import type { z } from "zod";
import type { Block } from "../../../local/terraform-json/index.ts";
import { type Rule, rule, type Violation } from "../rule.ts";
import { balancer } from "./balancer.ts";
import { compute } from "./compute.ts";
import { database } from "./database.ts";
import { edge } from "./edge.ts";
import { iam } from "./iam.ts";
import { logs } from "./logs.ts";
import { network } from "./network.ts";
import { observability } from "./observability.ts";
import { root } from "./root.ts";
import { secrets } from "./secrets.ts";

/**
 * What every attribute of every resource may be, by theme and type (`data.…` and `ephemeral.…` for what is no managed
 * resource). The themes' named rules say what the brief and AWS demand; this net below them is for the rest: nothing is in
 * the configuration that nobody has looked at.
 */
const ATTRIBUTES: Readonly<Record<string, Readonly<Record<string, z.ZodType>>>> = {
  compute,
  balancer,
  network,
  database,
  secrets,
  edge,
  iam,
  logs,
  observability,
};
/** Every type that this system is made of. */
export const KNOWN: Readonly<Record<string, z.ZodType>> = Object.assign({}, ...Object.values(ATTRIBUTES));

/** What a block is of: `aws_lb`, `data.aws_partition`. */
export const kindOf = ({ mode, type }: Block) => (mode === "resource" ? type : `${mode}.${type}`);

/** Rules by which every attribute is described, one for each theme, and one for types that no theme knows. */
export const attributes: readonly Rule[] = [
  rule({
    id: "known-types",
    source: "Security Guide, Least privilege",
    words: "every resource is of a type that this system is made of",
    check: (config) =>
      config.blocks
        .filter((block) => !(kindOf(block) in KNOWN))
        .map(({ address }) => ({
          address,
          message: "Remove it, or describe its type in ops/audit/attributes.",
        })),
  }),
  ...Object.entries(ATTRIBUTES).map(([theme, types]) =>
    rule({
      id: `attributes-${theme}`,
      source: "Security Guide, Least privilege",
      words: `${theme}: each attribute is one that this system wants, and says what it should`,
      check: (config) =>
        config.blocks
          .filter((block) => kindOf(block) in types)
          .flatMap((block) => undescribed(block, types[kindOf(block)]!)),
    }),
  ),
  rule({
    id: "attributes-root",
    source: "Security Guide, Least privilege",
    words:
      "root: providers, backend and outputs are what this system wants; nothing is removed without being destroyed",
    check: (config) =>
      (root.safeParse(config.root).error?.issues ?? []).map((issue) => ({
        address: issue.path.slice(0, 2).join(".") || "the configuration",
        message: change(issue),
      })),
  }),
];

function undescribed(block: Block, schema: z.ZodType): Violation[] {
  const { "//": _, ...body } = block.body as Record<string, unknown>;
  const { error } = schema.safeParse(body);
  return (error?.issues ?? []).map((issue) => ({
    address: block.address,
    message: change(issue),
  }));
}

/** What to change, in the words of Terraform's arguments. */
function change(issue: z.core.$ZodIssue): string {
  const path = issue.path.join(".");
  switch (issue.code) {
    case "unrecognized_keys":
      return `Remove ${issue.keys.map((key) => (path ? `${path}.${key}` : key)).join(", ")}: nothing in this system needs it.`;
    case "invalid_value":
      return `Set ${path} to ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}.`;
    case "invalid_union":
      return `Set ${path || "its arguments"} to one of the forms that ops/audit/attributes describes.`;
    default:
      return `Set ${path}: ${issue.message.replace(/^Invalid input: /, "")}.`;
  }
}
