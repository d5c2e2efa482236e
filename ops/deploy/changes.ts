/** What a plan would do, in words: for somebody who has to say yes or no. */
import type { JsonObject } from "../../local/terraform-json/index.ts";

export type Action = "create" | "change" | "replace" | "destroy" | "import" | "revise";

export interface Change {
  readonly action: Action;
  readonly address: string;
  readonly type: string;
  /** Its own name or its `Name` tag; empty when it has neither. */
  readonly name: string;
  /** Arguments that change; for a replacement, those that force it. */
  readonly because: readonly string[];
}

interface ResourceChange {
  address: string;
  mode: string;
  type: string;
  change: {
    actions: string[];
    before: JsonObject | null;
    after: JsonObject | null;
    after_unknown?: JsonObject;
    replace_paths?: (string | number)[][];
    importing?: object;
  };
}

/** @param plan `terraform show -json` of a plan */
export function changesOf(plan: JsonObject): Change[] {
  return ((plan.resource_changes ?? []) as unknown as ResourceChange[])
    .filter(({ mode }) => mode === "managed")
    .flatMap(({ address, type, change }) => {
      const action = actionOf(type, change);
      return action
        ? [{ action, address, type, name: nameOf(change), because: reasons(action, change) }]
        : [];
    });
}

function actionOf(type: string, { actions, importing }: ResourceChange["change"]): Action | undefined {
  const all = actions.join();
  // A task definition cannot be changed: each change is a revision, and nothing is lost.
  if (/create/.test(all) && /delete/.test(all))
    return type === "aws_ecs_task_definition" ? "revise" : "replace";
  if (importing) return "import";
  return ({ create: "create", update: "change", delete: "destroy" } as const)[all];
}

function nameOf({ before, after }: ResourceChange["change"]): string {
  const values = after ?? before ?? {};
  const { name, identifier, cluster_identifier, family, bucket, alarm_name, tags } = values;
  const found = [
    name,
    identifier,
    cluster_identifier,
    family,
    bucket,
    alarm_name,
    (tags as JsonObject | null)?.Name,
  ];
  return String(found.find((each) => typeof each === "string" && each !== "") ?? "");
}

function reasons(
  action: Action,
  { before, after, after_unknown: unknown = {}, replace_paths: paths = [] }: ResourceChange["change"],
): string[] {
  if (action === "replace" || action === "revise") return [...new Set(paths.map((path) => String(path[0])))];
  if (action !== "change") return [];
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {}), ...Object.keys(unknown)]);
  return [...names]
    .filter((name) => name !== "tags_all")
    .filter(
      (name) => unknown[name] === true || JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]),
    );
}

/** What stops or starts anew for it, in one sentence each. */
export function interruptions(changes: readonly Change[]): string[] {
  const some = (type: string, action: Action, because?: string) =>
    changes.some(
      (change) =>
        change.type === type && change.action === action && (!because || change.because.includes(because)),
    );
  const found: string[] = [];
  if (some("aws_ecs_service", "change", "task_definition") || some("aws_ecs_task_definition", "revise"))
    found.push("Tasks are replaced one after another; as many as now keep serving.");
  if (some("aws_rds_cluster_instance", "change", "instance_class"))
    found.push(
      "The database's instances restart with their new class: the writer fails over, writes fail for about a minute.",
    );
  if (some("aws_rds_cluster", "change", "engine_version"))
    found.push("The database is upgraded, and is away for minutes.");
  if (some("aws_rds_cluster", "change", "master_password_wo_version"))
    found.push("The database's password changes: until their replacement, tasks open no new connections.");
  if (some("aws_cloudfront_distribution", "change"))
    found.push("The edge serves on, and has the change everywhere after some minutes.");
  for (const type of ["aws_rds_cluster", "aws_rds_cluster_instance", "aws_s3_bucket"])
    if (some(type, "destroy") || some(type, "replace")) found.push(`DATA ARE LOST: ${type} is deleted.`);
  for (const type of ["aws_lb", "aws_cloudfront_distribution", "aws_nat_gateway", "aws_vpc"])
    if (some(type, "replace")) found.push(`An outage: ${type} is made anew.`);
  return found;
}
