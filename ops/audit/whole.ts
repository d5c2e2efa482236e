import { isDeepStrictEqual } from "node:util";
import {
  type Block,
  type Configuration,
  expressions,
  type Json,
  type JsonObject,
  leaves,
  references,
} from "../../local/terraform-json/index.ts";
import { KNOWN, kindOf } from "./attributes/attributes.ts";
import { ownNames } from "./naming.ts";
import { demand, each, type Rule, rule } from "./rule.ts";

/** What is there for its own sake, or found by AWS by what it says: nothing in the configuration refers to it. */
const ENDS = new Set([
  ...["aws_appautoscaling_policy", "aws_appautoscaling_scheduled_action", "aws_cloudfront_distribution"],
  ...["aws_cloudwatch_dashboard", "aws_cloudwatch_log_delivery", "aws_cloudwatch_metric_alarm"],
  ...[
    "aws_default_security_group",
    "aws_ecs_service",
    "aws_flow_log",
    "aws_iam_role_policy",
    "aws_rds_cluster_instance",
  ],
  ...["aws_route", "aws_route_table_association", "aws_s3_bucket_lifecycle_configuration"],
  ...["aws_s3_bucket_ownership_controls", "aws_s3_bucket_policy", "aws_s3_bucket_public_access_block"],
  ...["aws_s3_bucket_server_side_encryption_configuration", "aws_sns_topic_subscription", "aws_vpc_endpoint"],
  ...["aws_vpc_security_group_egress_rule", "aws_vpc_security_group_ingress_rule"],
  ...["aws_wafv2_web_acl_logging_configuration", "aws_cloudwatch_log_resource_policy"],
  ...["aws_ecs_cluster_capacity_providers", "aws_cloudwatch_query_definition", "aws_cloudwatch_event_target"],
  ...[
    "aws_sns_topic_policy",
    "aws_lb_listener_rule",
    "aws_lb_listener_certificate",
    "aws_secretsmanager_secret_version",
  ],
]);

/** How many there are of a type: the fewest and the most. One, where nothing is said. */
const NUMBERS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  aws_subnet: [4, 4],
  aws_route_table: [4, 4],
  aws_route_table_association: [4, 4],
  aws_route: [4, 4],
  aws_eip: [1, 2],
  aws_nat_gateway: [1, 2],
  aws_security_group: [3, 4],
  aws_vpc_security_group_ingress_rule: [3, 3],
  aws_vpc_security_group_egress_rule: [3, 3],
  aws_rds_cluster_instance: [2, 2],
  aws_lb_listener_certificate: [0, 1],
  aws_ecs_service: [1, 2],
  aws_appautoscaling_target: [1, 2],
  aws_appautoscaling_policy: [1, 3],
  aws_wafv2_web_acl: [0, 1],
  aws_wafv2_web_acl_logging_configuration: [0, 1],
  aws_iam_role: [3, 3],
  aws_cloudwatch_log_resource_policy: [2, 3],
  aws_cloudwatch_dashboard: [2, 2],
  aws_cloudwatch_event_rule: [4, 4],
  aws_cloudwatch_event_target: [5, 5],
  aws_sns_topic: [2, 2],
  aws_sns_topic_policy: [2, 2],
  aws_sns_topic_subscription: [0, 2],
  "data.aws_secretsmanager_secret_version": [1, 2],
  // As many as others ask for: who must be there by name, who needs them, and what is used for nothing, other rules say.
  ...Object.fromEntries(
    [
      ...["aws_appautoscaling_scheduled_action", "aws_cloudwatch_log_group", "aws_cloudwatch_metric_alarm"],
      ...["aws_cloudwatch_query_definition", "aws_iam_role_policy", "aws_secretsmanager_secret"],
      ...["aws_secretsmanager_secret_version", "ephemeral.aws_secretsmanager_random_password"],
    ].map((type) => [type, [0, Number.POSITIVE_INFINITY]]),
  ),
};

const REFERENCE = /^(data\.|ephemeral\.)?aws_\w+\.[\w-]+\.\w+$/;
/** Terraform's own conditions compute; other rules judge what. */
const CONDITION = /^lifecycle\.(\d+\.)?(pre|post)condition\.(\d+\.)?condition$/;

const isPlain = (value: Json) =>
  typeof value !== "string" ||
  (!value.includes("%{") && expressions(value).every((each) => REFERENCE.test(each)));

const withoutComment = ({ "//": _, ...body }: JsonObject) => body;

/** The configuration as one thing: nothing in it is missing, twice there, or of no use. */
export const whole: readonly Rule[] = [
  rule({
    id: "known-numbers",
    source: "Success Criteria",
    words:
      "Security, Cost optimization: there are as many of each type as this system is made of, and none more",
    check: (config) =>
      Object.keys(KNOWN).flatMap((type) => {
        const { length: count } = config.blocks.filter((block) => kindOf(block) === type);
        const [least, most] = NUMBERS[type] ?? [1, 1];
        return demand(
          count >= least && count <= most,
          type,
          `There are ${count}: keep ${least === most ? `exactly ${least}` : `${least} to ${most}`}.`,
        );
      }),
  }),
  rule({
    id: "references-resolve",
    source: "Terraform, References to Named Values",
    words: "what is referred to is there",
    check: (config) =>
      config.blocks.flatMap((block) =>
        [...references(block.body).map(({ address }) => address), ...block.all("depends_on").map(String)]
          .filter((address) => !config.block(address))
          .map((address) => ({
            address: block.address,
            message: `Refers to ${address}, which is not there.`,
          })),
      ),
  }),
  rule({
    id: "no-circles",
    source: "Terraform, Resource Graph",
    words: "nothing waits for itself, by whatever way: Terraform could neither make nor destroy it",
    check: (config) =>
      each(
        config.blocks,
        (block) => !config.waitsFor(block, block),
        "Break the circle of what it waits for.",
      ),
  }),
  rule({
    id: "plain-references",
    source: "Terraform, Expressions",
    words:
      "an expression is a reference and nothing else: what a function reads from the disk, the clock or the shell's variables is in no review",
    check: (config) =>
      [
        ...config.blocks.map(({ address, body }) => [address, body] as const),
        ...["provider", "terraform", "output"].map((key) => [key, config.root[key] ?? {}] as const),
      ].flatMap(([address, body]) =>
        [...leaves(body)]
          .filter(({ path, value }) => !CONDITION.test(path) && !isPlain(value))
          .map(({ path }) => ({
            address,
            message: `Write a literal or a reference in ${path}; compute in the code.`,
          })),
      ),
  }),
  rule({
    id: "no-twins",
    source: "Success Criteria",
    words: "Code Quality: nothing is there twice, under the same name or saying the same",
    check: (config) =>
      config.blocks.flatMap((block) =>
        config.blocks
          .filter(
            (other) => other.mode === block.mode && other.type === block.type && other.name > block.name,
          )
          .filter((other) => isTwin(config, block, other))
          .map((other) => ({
            address: other.address,
            message: `Is the same as ${block.address}: remove one.`,
          })),
      ),
  }),
  rule({
    id: "nothing-unused",
    source: "Success Criteria",
    words: "Cost optimization: what is made is used",
    check: (config) => {
      const used = new Set([
        ...config.blocks.flatMap((block) =>
          references(block.body)
            .map(({ address }) => address)
            .filter((address) => address !== block.address),
        ),
        ...references(config.root.output).map(({ address }) => address),
      ]);
      const named = config.of("aws_cloudwatch_log_group"); // ECS and RDS find theirs by name: `log-group-for-each`
      return config.blocks
        .filter((block) => !ENDS.has(block.type) && !used.has(block.address) && !named.includes(block))
        .map(({ address }) => ({ address, message: "Remove it: nothing refers to it." }));
    },
  }),
];

/** Two ephemeral passwords say the same and are not the same: what they make is told apart by `secret-has-one-value`. */
function isTwin(config: Configuration, one: Block, other: Block): boolean {
  if (one.type === "aws_secretsmanager_random_password") return false;
  const names = (block: Block) => ownNames(config, block).map(({ value }) => value);
  const sameName =
    one.type !== "aws_iam_role_policy" && names(one).some((name) => names(other).includes(name));
  return (
    (sameName && one.get("provider") === other.get("provider")) ||
    isDeepStrictEqual(withoutComment(one.body), withoutComment(other.body))
  );
}
