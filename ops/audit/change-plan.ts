import { type Json, type JsonObject, valuesAt } from "../../local/terraform-json/index.ts";
import type { Plan, PlannedResource } from "../plan-json.ts";
import { planRule, type Rule, type Violation } from "./rule.ts";

const isUpdate = ({ actions }: PlannedResource) => actions.join() === "update";
const changed = ({ before, values }: PlannedResource, argument: string) =>
  values[argument] !== undefined && before[argument] !== undefined && before[argument] !== values[argument];

/** What a plan of a live environment may not do at once. */
export const planChange: readonly Rule[] = [
  planRule({
    id: "plan-one-member",
    source: "Aurora user guide, Modifying a DB instance in a cluster",
    words: "one member of the database cluster restarts in an apply, so that the other takes over",
    check: (plan) => {
      const restarted = plan
        .of("aws_rds_cluster_instance")
        .filter((each) => isUpdate(each) && changed(each, "instance_class"));
      return restarted.length < 2
        ? []
        : restarted.map(({ address }) => ({
            address,
            message:
              "All members would restart together, about ten minutes without a database. Set DATABASE_READER_INSTANCE_CLASS to the new class and DATABASE_INSTANCE_CLASS to the old one, apply, then raise DATABASE_INSTANCE_CLASS.",
          }));
    },
  }),
  planRule({
    id: "plan-secret-by-one",
    source: "Success Criteria",
    words:
      "a secret's version rises by one: the version before is what is in use until everybody has the new one",
    check: (plan) => {
      const secrets = plan.of("aws_secretsmanager_secret");
      return secrets.flatMap((each) => skippedVersion(each, secrets));
    },
  }),
  planRule({
    id: "plan-secret-in-tasks",
    source: "ECS developer guide, How the deployment circuit breaker detects failures",
    words:
      "a secret of the tasks rises only once they run with the version before: after a deployment that was rolled back they may run with an earlier one, which would be taken away",
    check: (plan) =>
      risen(plan).flatMap(({ address, what, version }) => {
        const behind = plan
          .of("aws_ecs_service")
          .map(({ before }) => String(before.task_definition))
          .find((revision) => isBehind(plan, revision, what, version - 1));
        const message = `Tasks run of ${behind}, which is not known to use version ${version - 1}: apply with that first; \`bin/catalog rollback\` first, if it was the image.`;
        return behind ? [{ address, message }] : [];
      }),
  }),
  planRule({
    id: "plan-token-at-edge",
    source: "Success Criteria",
    words:
      "the origin token rises only once CloudFront sends the version before: the listener would forget what it sends",
    check: (plan) => {
      const known = plan.data
        .filter(({ type }) => type === "aws_secretsmanager_secret_version")
        .map(({ values }) => values);
      const sent = plan
        .of("aws_cloudfront_distribution")
        .flatMap(({ before }) => valuesAt(before, "origin.custom_header.value"));
      return risen(plan)
        .filter(({ what }) => known.some(({ arn }) => String(arn).includes(`:secret:${what}-v`)))
        .filter(() => sent.some((token) => !known.some(({ secret_string }) => secret_string === token)))
        .map(({ address, version }) => ({
          address,
          message: `CloudFront does not send version ${version - 1} yet: apply with that first.`,
        }));
    },
  }),
  planRule({
    id: "plan-secret-not-lowered",
    source: "Success Criteria",
    words: "a secret's version only rises: an earlier one would be made anew, with a value that nobody has",
    check: (plan) => {
      const secrets = plan.of("aws_secretsmanager_secret");
      const newest = (names: readonly (Json | undefined)[], what: string) =>
        Math.max(
          0,
          ...names.flatMap((name) => (versionOf(name)?.what === what ? versionOf(name)!.version : [])),
        );
      const before = secrets.map((each) => each.before.name);
      const after = secrets
        .filter(({ actions }) => actions.join() !== "delete")
        .map(({ values }) => values.name);
      return secrets.flatMap(({ address, values }) => {
        const next = versionOf(values.name);
        if (!next) return [];
        const [was, will] = [newest(before, next.what), newest(after, next.what)];
        return will === next.version && will < was
          ? [
              {
                address,
                message: `Version ${will} would follow ${was}: set it to ${was}, or to ${was + 1} for a new value.`,
              },
            ]
          : [];
      });
    },
  }),
  planRule({
    id: "plan-database-not-lowered",
    source: "Aurora user guide, Upgrading the PostgreSQL DB engine",
    words: "the database's version only rises: AWS takes none back, and says so in the middle of an apply",
    check: (plan) =>
      plan
        .of("aws_rds_cluster")
        .filter((each) => isUpdate(each) && changed(each, "engine_version"))
        .filter(({ before, values }) => isBelow(String(values.engine_version), String(before.engine_version)))
        .map(({ address, before, values }) => ({
          address,
          message: `It runs ${before.engine_version}, and ${values.engine_version} is older: set DATABASE_ENGINE_VERSION to ${before.engine_version} or later, or restore a snapshot of that time.`,
        })),
  }),
  planRule({
    id: "plan-live-minimum",
    source: "Application Auto Scaling API reference, RegisterScalableTarget",
    words: "the maximum of tasks is not below the minimum that a schedule has set on the live environment",
    check: (plan) =>
      plan
        .of("aws_appautoscaling_target")
        .filter(({ values }) => Number(values.min_capacity) > Number(values.max_capacity))
        .map(({ address, values }) => ({
          address,
          message: `A schedule keeps ${values.min_capacity} tasks at least, above ${values.max_capacity}: wait for the schedule that lowers it, or raise MAX_TASKS.`,
        })),
  }),
  planRule({
    id: "plan-live-maximum",
    source: "Application Auto Scaling API reference, RegisterScalableTarget",
    words:
      "the maximum of tasks is not below what runs: those above it would be stopped at once, in a peak or a drought",
    check: (plan) => {
      const services = plan.of("aws_ecs_service");
      return plan.of("aws_appautoscaling_target").flatMap(({ address, values }) => {
        const service = services.find(({ before }) => isOf(String(values.resource_id), before));
        const running = Number(service?.before.desired_count);
        return running > Number(values.max_capacity)
          ? [
              {
                address,
                message: `${running} tasks run, and it would be ${values.max_capacity} at most: wait until no more than these run, or leave MAX_TASKS and SPOT_FALLBACK_TASKS as they are.`,
              },
            ]
          : [];
      });
    },
  }),
  planRule({
    id: "plan-database-family",
    source: "Aurora user guide, Working with parameter groups",
    words: "the parameter group is of the cluster's major version",
    check: (plan) => {
      const majors = plan
        .of("aws_rds_cluster_parameter_group")
        .map(({ values }) => String(values.family).replace(/\D+/, ""));
      return plan
        .of("aws_rds_cluster")
        .filter(({ values }) => values.engine_version !== undefined)
        .filter(({ values }) => !majors.includes(String(values.engine_version).split(".")[0]!))
        .map(({ address, values }) => ({
          address,
          message: `It runs ${values.engine_version}: set DATABASE_ENGINE_VERSION to that, or to a later version.`,
        }));
    },
    exceptions: (plan) =>
      plan
        .of("aws_rds_cluster")
        .filter((each) => isUpdate(each) && changed(each, "engine_version"))
        .map(({ address, before, values }) => ({
          address,
          message: `will be upgraded from ${before.engine_version} to ${values.engine_version}: every member restarts`,
        })),
  }),
];

/** Whether a scalable target, as `service/<cluster>/<name>`, is of a service. */
const isOf = (target: string, service: JsonObject) => target.split("/").at(-1) === service.name;

/** Whether a version, as `16.8`, comes before another. */
function isBelow(version: string, other: string): boolean {
  const [[major = 0, minor = 0], [otherMajor = 0, otherMinor = 0]] = [version, other].map((text) =>
    text.split(".").map(Number),
  ) as [number[], number[]];
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

/** `origin-token-dev-v3` → what is versioned, and the version. */
function versionOf(name: Json | undefined): { what: string; version: number } | undefined {
  const match = /^(.+)-v(\d+)$/.exec(String(name));
  return match ? { what: match[1]!, version: Number(match[2]) } : undefined;
}

/** Secrets that are made while an earlier version stands. */
function risen(plan: Plan) {
  const secrets = plan.of("aws_secretsmanager_secret");
  const standing = secrets.flatMap(({ before }) => versionOf(before.name) ?? []);
  return secrets.flatMap(({ address, actions, values }) => {
    const next = actions.includes("create") ? versionOf(values.name) : undefined;
    const follows = standing.some(({ what, version }) => what === next?.what && version < next.version);
    return next && follows ? [{ address, ...next }] : [];
  });
}

/**
 * Whether a task definition's revision, by its ARN, has a secret in a version below this one. The state holds the one that a failed
 * apply would have left, as deposed; one that it does not hold may have any, but for the first version, before which there is none.
 */
function isBehind(plan: Plan, revision: string, what: string, version: number): boolean {
  const definitions = plan.of("aws_ecs_task_definition").map(({ before }) => ({
    arn: String(before.arn),
    versions: [...String(before.container_definitions).matchAll(/:secret:([^"]+)-v(\d+)-/g)]
      .filter(([, name]) => name === what)
      .map((match) => Number(match[2])),
  }));
  const running = definitions.find(({ arn }) => arn === revision);
  if (running) return running.versions.length > 0 && Math.max(...running.versions) < version;
  return (
    version > 1 &&
    definitions.some(({ arn, versions }) => versions.length > 0 && familyOf(arn) === familyOf(revision))
  );
}
const familyOf = (arn: string) => /task-definition\/([^:]+):\d+$/.exec(arn)?.[1] ?? arn;

function skippedVersion(secret: PlannedResource, all: readonly PlannedResource[]): Violation[] {
  const next = secret.actions.includes("create") ? versionOf(secret.values.name) : undefined;
  if (!next) return [];
  const existing = all
    .map(({ before }) => versionOf(before.name))
    .filter((each) => each?.what === next.what)
    .map((each) => each!.version);
  const newest = Math.max(...existing);
  return existing.length === 0 || next.version <= newest + 1
    ? []
    : [
        {
          address: secret.address,
          message: `Version ${next.version} would follow ${newest}: raise the version by one, apply, and so on.`,
        },
      ];
}
