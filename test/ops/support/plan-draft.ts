import { isDeepStrictEqual } from "node:util";
import { Configuration, type Json, type JsonObject } from "../../../local/terraform-json/index.ts";
import type { Body } from "./draft.ts";

/**
 * A plan of a fresh environment in Terraform's JSON output format, made from the configuration: expressions that refer to
 * resources are unknown, tags_all is there, and the data source has chosen a version. The rehearsal audits a real one.
 */
export function planOf(root: JsonObject): Body {
  const config = new Configuration(root);
  const known = (value: Json): boolean => !JSON.stringify(value).includes("${");
  const resource_changes = config.resources.map(({ address, type, name, body }) => {
    const after: Body = {};
    const after_unknown: Body = { id: true };
    for (const [argument, value] of Object.entries(body)) {
      if (["lifecycle", "depends_on", "provider", "//"].includes(argument) || argument.endsWith("_wo"))
        continue;
      if (argument === "bucket" && type === "aws_s3_bucket") after.bucket = "bucket-logs-123456789012-dev";
      else if (known(value)) after[argument] = structuredClone(value);
      else after_unknown[argument] = true;
    }
    if (type === "aws_rds_cluster") {
      const [offered] = config.targets(body.engine_version, "aws_rds_engine_version");
      [after.engine_version] = offered!.all("preferred_versions");
    }
    if (body.tags) {
      after.tags = { Name: "known-dev", ...after.tags };
      after.tags_all = { Environment: "production", Project: "catalog-api", Suffix: "dev", ...after.tags };
    }
    const change = { actions: ["create"], before: null, after, after_unknown, after_sensitive: {} };
    return { address, mode: "managed", type, name, change };
  });
  return { format_version: "1.2", planned_values: {}, prior_state: {}, resource_changes };
}

/**
 * A plan of a change between two configurations, drafted in the same way. What the provider would replace is updated: only the
 * provider knows which arguments it can change.
 */
export function planFrom(before: JsonObject, after: JsonObject): Body {
  const [old, next] = [before, after].map(planOf) as [Body, Body];
  const config = new Configuration(after);
  const known = new Map<string, Body>(next.resource_changes.map((each: Body) => [each.address, each]));
  const stays = old.resource_changes.map(({ change, ...resource }: Body) => {
    const now = known.get(resource.address)?.change;
    known.delete(resource.address);
    for (const argument of config.block(resource.address)?.all("lifecycle.ignore_changes") ?? [])
      if (now) now.after[String(argument)] = change.after[String(argument)];
    const actions = now ? [isDeepStrictEqual(now.after, change.after) ? "no-op" : "update"] : ["delete"];
    return { ...resource, change: { ...(now ?? { after: null }), actions, before: change.after } };
  });
  return { ...next, resource_changes: [...stays, ...known.values()] };
}

/** Changes what is planned for the first resource of a type. */
function planned(plan: Body, type: string, edit: (change: Body) => void): void {
  const found = plan.resource_changes.find((each: Body) => each.type === type);
  if (!found) throw new Error(`no ${type} in the plan: mend the mutation`);
  edit(found.change);
}

/** Plans the next version of the first secret. @returns its name without the version */
function rotated(plan: Body, version = 2): string {
  let what = "";
  planned(plan, "aws_secretsmanager_secret", (change) => {
    what = change.after.name.replace("-v1", "");
    change.actions = ["create", "delete"];
    change.before = { name: `${what}-v${version - 1}` };
    change.after.name = `${what}-v${version}`;
  });
  return what;
}

/**
 * Plans a version of a secret after a deployment that was rolled back: the state's task definition has the version before, and
 * the service runs of the revision that the deployment had left.
 *
 * @param used the version that this one has; undefined: the state does not hold it
 */
export function rotatedAfterFailure(plan: Body, version: number, used?: number): void {
  const type = "aws_ecs_task_definition";
  const what = rotated(plan, version);
  const revision = (number: number, secret: number) => ({
    arn: `arn:aws:ecs:eu-north-1:123456789012:task-definition/task-api-dev:${number}`,
    container_definitions: JSON.stringify([
      { valueFrom: `arn:aws:secretsmanager:eu-north-1:123456789012:secret:${what}-v${secret}-AbCdEf` },
    ]),
  });
  planned(plan, type, (change) => {
    change.before = revision(2, version - 1);
  });
  planned(plan, "aws_ecs_service", (change) => {
    change.before = { task_definition: revision(1, 1).arn };
  });
  if (used === undefined) return;
  const change = { actions: ["delete"], before: revision(1, used), after: null };
  const { address } = plan.resource_changes.find((each: Body) => each.type === type);
  plan.resource_changes.push({ address, mode: "managed", type, deposed: "0a1b2c3d", change });
}

/** For each rule over plans, the one change that breaks it and no other. */
export const PLAN_MUTATIONS: Readonly<Record<string, (plan: Body) => void>> = {
  "plan-complete": (plan) => {
    plan.resource_changes.pop();
  },
  "plan-suffix": (plan) =>
    planned(plan, "aws_s3_bucket", ({ after }) => {
      after.bucket = "bucket-logs-123456789012";
    }),
  "plan-name-limits": (plan) =>
    planned(plan, "aws_s3_bucket", ({ after }) => {
      after.bucket = `bucket-${"logs-".repeat(12)}dev`;
    }),
  "plan-tags": (plan) =>
    planned(plan, "aws_vpc", ({ after }) => {
      delete after.tags_all.Project;
    }),
  "plan-tag-name": (plan) =>
    planned(plan, "aws_vpc", ({ after }) => {
      after.tags = null;
      delete after.tags_all.Name;
    }),
  "plan-aurora-version": (plan) =>
    planned(plan, "aws_rds_cluster", ({ after }) => {
      after.engine_version = "16.3";
    }),
  "plan-without-secrets": (plan) =>
    planned(plan, "aws_rds_cluster", (change) => {
      change.after.domain_iam_role_name = "kept-from-view";
      change.after_sensitive = { domain_iam_role_name: true };
    }),
  "plan-one-member": (plan) => {
    for (const { type, change } of plan.resource_changes) {
      if (type !== "aws_rds_cluster_instance") continue;
      change.actions = ["update"];
      change.before = { ...change.after, instance_class: "db.r6g.large" };
    }
  },
  "plan-secret-by-one": (plan) =>
    planned(plan, "aws_secretsmanager_secret", (change) => {
      change.actions = ["create", "delete"];
      change.before = { name: change.after.name };
      change.after.name = change.after.name.replace("-v1", "-v3");
    }),
  "plan-secret-in-tasks": (plan) => rotatedAfterFailure(plan, 3),
  "plan-token-at-edge": (plan) => {
    const what = rotated(plan);
    planned(plan, "aws_cloudfront_distribution", (change) => {
      change.before = {
        origin: [{ custom_header: [{ name: "x-origin-verify", value: "token of version 0" }] }],
      };
    });
    const arn = `arn:aws:secretsmanager:eu-north-1:123456789012:secret:${what}-v1-AbCdEf`;
    const type = "aws_secretsmanager_secret_version";
    const values = { arn, secret_string: "token of version 1" };
    plan.prior_state = {
      values: { root_module: { resources: [{ address: `data.${type}.V1`, mode: "data", type, values }] } },
    };
  },
  "plan-secret-not-lowered": (plan) =>
    planned(plan, "aws_secretsmanager_secret", (change) => {
      change.actions = ["create", "delete"];
      change.before = { name: change.after.name.replace("-v1", "-v2") };
    }),
  "plan-database-not-lowered": (plan) =>
    planned(plan, "aws_rds_cluster", (change) => {
      change.actions = ["update"];
      change.before = { ...change.after, engine_version: "16.13" };
    }),
  "plan-live-minimum": (plan) =>
    planned(plan, "aws_appautoscaling_target", ({ after }) => {
      after.min_capacity = after.max_capacity + 1;
    }),
  "plan-live-maximum": (plan) => {
    planned(plan, "aws_ecs_service", (change) => {
      change.actions = ["update"];
      change.before = { ...change.after, desired_count: 11 };
    });
    planned(plan, "aws_appautoscaling_target", ({ after }) => {
      after.resource_id = "service/cluster-dev/service-api-dev";
    });
  },
  "plan-database-family": (plan) =>
    planned(plan, "aws_rds_cluster", ({ after }) => {
      after.engine_version = "17.5";
    }),
  "plan-keeps-data": (plan) =>
    planned(plan, "aws_rds_cluster", (change) => {
      change.actions = ["delete", "create"];
    }),
};
