import { type Json, type JsonObject, leaves } from "../../local/terraform-json/index.ts";
import type { Plan, PlannedResource } from "../plan-json.ts";
import { isSupportedVersion } from "./database.ts";
import { carries, environmentSuffix, NAMES } from "./naming.ts";
import { planRule, type Rule, type Violation } from "./rule.ts";
import { SECRET_ARGUMENT } from "./secrets.ts";

/** What holds data or serves customers: an apply neither replaces nor deletes it. */
export const KEPT: ReadonlySet<string> = new Set([
  ...["aws_rds_cluster", "aws_rds_cluster_instance", "aws_s3_bucket", "aws_cloudwatch_log_group"],
  ...["aws_vpc", "aws_subnet", "aws_nat_gateway", "aws_lb", "aws_cloudfront_distribution"],
  ...["aws_ecs_cluster", "aws_ecs_service"],
]);

const staying = (plan: Plan): PlannedResource[] =>
  plan.resources.filter(({ actions }) => actions.join() !== "delete");
/**
 * What a setting may give up, though its type is among the kept: one of two NAT gateways, the logs of the web ACL and of shells, and the
 * fallback for Spot while none of its tasks serves.
 */
const isGivenUp = ({ type, actions, before }: PlannedResource) =>
  actions.join() === "delete" &&
  (type === "aws_nat_gateway" ||
    (type === "aws_cloudwatch_log_group" &&
      /^(aws-waf-logs|\/aws\/ecs\/shells)-/.test(String(before.name))) ||
    (type === "aws_ecs_service" && before.desired_count === 0));
/**
 * What a failed apply left tainted and the next must not replace. What serves customers or holds data: the service of a first
 * version that did not start, the distribution of an apply that was interrupted. What would be made before the old one goes: AWS
 * gives a name, a listener's port or a rule's priority once, so that no apply can succeed so; and a role's policy of the same name
 * would go with the old one. And a security group, whichever goes first: AWS deletes none that a network interface is in. How each
 * is finished, see `halfMade`.
 */
export const isFinishedInPlace = ({ type, actions, isTainted }: PlannedResource): boolean =>
  isTainted && (KEPT.has(type) || type === "aws_security_group" || actions[0] === "create");
const isKept = (resource: PlannedResource) =>
  (KEPT.has(resource.type) && !isGivenUp(resource)) || isFinishedInPlace(resource);
const isDeleted = ({ actions }: PlannedResource) => actions.includes("delete");

/** The origin token, where Terraform has read it already: its state is the one place where it may be. */
const originTokens = (plan: Plan) =>
  plan.data
    .filter(({ type }) => type === "aws_secretsmanager_secret_version")
    .map(({ values }) => values.secret_string)
    .filter((value) => typeof value === "string");

/** What `terraform show -json` says of a plan. */
export const planRules: readonly Rule[] = [
  planRule({
    id: "plan-complete",
    source: "Terraform, JSON output format",
    words: "the plan is one of this configuration",
    check: (plan, config) => {
      const planned = new Set(staying(plan).map(({ address }) => address));
      return [
        ...config.resources
          .filter(({ address }) => !planned.has(address))
          .map(({ address }) => ({ address, message: "Is not in the plan: make the plan anew." })),
        ...[...planned]
          .filter((address) => !config.block(address))
          .map((address) => ({
            address,
            message: "Is in the plan alone: make the plan anew, of this configuration.",
          })),
      ];
    },
  }),
  planRule({
    id: "plan-suffix",
    source: "Core Requirements, 8",
    words: "All resource names must include environmentSuffix, with every expression resolved",
    check: (plan, config) => {
      const suffix = environmentSuffix(config);
      return plannedNames(plan)
        .filter(({ value }) => !suffix || !carries(value, suffix))
        .map(({ address, argument, value }) => ({
          address,
          message: `${argument} '${value}' lacks the suffix '${suffix}'.`,
        }));
    },
  }),
  planRule({
    id: "plan-name-limits",
    source: "AWS API references",
    words: "a name is no longer than AWS allows, with the account's id",
    check: (plan) =>
      plannedNames(plan)
        .filter(({ value, limit }) => value.length > limit)
        .map(({ address, argument, value, limit }) => ({
          address,
          message: `${argument} '${value}' has ${value.length} characters: shorten it to ${limit}.`,
        })),
  }),
  planRule({
    id: "plan-tags",
    source: "Core Requirements, 8",
    words: "Tag all resources with Environment and Project, and with the environment's suffix",
    check: (plan, config) =>
      staying(plan)
        .filter(({ values, unknown }) => "tags_all" in values || unknown.tags_all !== undefined)
        .flatMap(({ address, values }) => {
          const tags = (values.tags_all ?? {}) as JsonObject;
          return Object.entries({
            ...{ Environment: "production", Project: "catalog-api" },
            Suffix: environmentSuffix(config),
          })
            .filter(([tag, value]) => tags[tag] !== value)
            .map(([tag, value]) => ({ address, message: `Its tags lack ${tag} = "${value}".` }));
        }),
  }),
  planRule({
    id: "plan-tag-name",
    source: "Core Requirements, 8",
    words: "every resource that can have tags is named by one",
    check: (plan) =>
      staying(plan)
        .filter(({ values, unknown }) => "tags_all" in values || unknown.tags_all !== undefined)
        .filter(({ values, unknown }) => !("Name" in tagsOf(values)) && !("Name" in tagsOf(unknown)))
        .map(({ address }) => ({ address, message: "Add the tag Name." })),
  }),
  planRule({
    id: "plan-aurora-version",
    source: "Aurora PostgreSQL Version Compatibility",
    words: "Use version 16.4 or later for eu-north-1 region: the one that the region offers",
    check: (plan) =>
      plan
        .of("aws_rds_cluster")
        .filter(({ values }) => !isSupportedVersion(String(values.engine_version)))
        .map(({ address, values }) => ({
          address,
          message: `engine_version is ${values.engine_version ?? "not known when planning"}: choose 16.4 or later.`,
        })),
    exceptions: (plan) =>
      plan.of("aws_rds_cluster").map(({ address, values }) => ({
        address,
        message: `chosen: Aurora PostgreSQL ${values.engine_version}`,
      })),
  }),
  planRule({
    id: "plan-without-secrets",
    source: "Success Criteria",
    words: "Security: Database credentials in Secrets Manager, and in no plan",
    check: (plan) => staying(plan).flatMap((resource) => secretsIn(plan, resource)),
    exceptions: (plan) =>
      plan.data
        .filter(({ type }) => type === "aws_secretsmanager_secret_version")
        .map(({ address }) => ({
          address,
          message: "allowed: the origin token has been read; it lets nobody at data",
        })),
  }),
  planRule({
    id: "plan-keeps-data",
    source: "Success Criteria",
    words: "Reliability: an apply replaces or deletes nothing that holds data or serves customers",
    check: (plan) =>
      plan.resources
        .filter((resource) => isDeleted(resource) && isKept(resource))
        .map(({ address, actions, isTainted }) => ({
          address,
          message: isTainted
            ? "Would be replaced, since an apply failed while it was made: `bin/catalog adopt` has the next one finish it."
            : `Would be ${actions.length > 1 ? "replaced" : "deleted"}: undo the change that forces it.`,
        })),
    exceptions: (plan) =>
      plan.resources
        .filter((resource) => isDeleted(resource) && !isKept(resource))
        .map(({ address, actions }) => ({
          address,
          message: `will be ${actions.length > 1 ? "replaced" : "deleted"}`,
        })),
  }),
];

const tagsOf = (values: JsonObject) => ({
  ...((values.tags ?? {}) as object),
  ...((values.tags_all ?? {}) as object),
});

/** Names as planned; one that AWS makes up itself is missing. */
function plannedNames(plan: Plan) {
  return staying(plan).flatMap(({ address, type, values }) => {
    const [argument, limit] = NAMES[type] ?? [];
    const value = argument && values[argument];
    return typeof value === "string" ? [{ address, argument, value, limit: limit! }] : [];
  });
}

/** Secrets of a planned resource: by the argument's name, by the provider's mark, or because the value is a known one. */
function secretsIn(plan: Plan, { address, type, values, sensitive }: PlannedResource): Violation[] {
  const tokens = originTokens(plan);
  const allowed = type === "aws_cloudfront_distribution" || type === "aws_lb_listener_rule";
  const marked = new Set(
    [...leaves(sensitive as Json)].filter(({ value }) => value === true).map(({ path }) => path),
  );
  return [...leaves(values)]
    .filter(({ value }) => typeof value === "string" && value !== "")
    .filter(
      ({ path, argument, value }) =>
        SECRET_ARGUMENT.test(argument) ||
        /_wo$/.test(argument) ||
        marked.has(path) ||
        tokens.includes(value as string),
    )
    .filter(({ value }) => !(allowed && tokens.includes(value as string)))
    .map(({ path }) => ({ address, message: `${path} would be in the state: use a write-only argument.` }));
}
