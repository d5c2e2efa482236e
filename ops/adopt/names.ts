import type { JsonObject } from "../../local/terraform-json/index.ts";

/** What adoption reads of `terraform show -json` of a plan. */
export interface PlanJson {
  resource_changes?: {
    address: string;
    mode: string;
    type: string;
    change: { actions: string[]; before?: JsonObject | null; after: JsonObject | null };
  }[];
  planned_values: { root_module: { resources?: { address: string; values: JsonObject }[] } };
  prior_state?: {
    values?: { root_module: { resources?: { mode: string; type: string; values: JsonObject }[] } };
  };
  configuration: {
    root_module: {
      resources?: { address: string; expressions?: Record<string, { references?: string[] }> }[];
    };
  };
}

/** Where a resource has a name of its own, the argument that holds it; all others are known by their `Name` tag. */
export const NAME_ARGUMENT: Readonly<Record<string, string>> = {
  aws_cloudwatch_log_delivery: "delivery_source_name",
  aws_cloudwatch_log_delivery_destination: "name",
  aws_cloudwatch_log_delivery_source: "name",
  aws_cloudwatch_log_group: "name",
  aws_cloudwatch_query_definition: "name",
  aws_db_subnet_group: "name",
  aws_ecs_cluster: "name",
  aws_ecs_service: "name",
  aws_ecs_task_definition: "family",
  aws_iam_role: "name",
  aws_lb: "name",
  aws_lb_target_group: "name",
  aws_rds_cluster: "cluster_identifier",
  aws_rds_cluster_instance: "identifier",
  aws_rds_cluster_parameter_group: "name",
  aws_s3_bucket: "bucket",
  aws_secretsmanager_secret: "name",
};

/** Gives each address the name by which the inventory knows the resource; see `Item.name`. */
export function namer(plan: PlanJson): (address: string) => string | undefined {
  const planned = new Map(
    plan.planned_values.root_module.resources?.map(({ address, values }) => [address, values]),
  );
  const expressions = new Map(
    plan.configuration.root_module.resources?.map(({ address, expressions = {} }) => [address, expressions]),
  );
  /** The name of what an argument refers to: an unknown id in the plan, but a known address in the configuration. */
  const nameOfReferenced = (address: string, argument: string): string | undefined => {
    const target = expressions
      .get(address)
      ?.[argument]?.references?.find((reference) => planned.has(reference));
    return target && nameOf(target);
  };
  const nameOf = (address: string): string | undefined => {
    const values = planned.get(address);
    if (!values) return undefined;
    const type = address.split(".")[0]!;
    switch (type) {
      case "aws_route":
        return `${nameOfReferenced(address, "route_table_id")} ${values.destination_cidr_block}`;
      case "aws_route_table_association":
        return nameOfReferenced(address, "subnet_id");
      case "aws_lb_listener":
        return `${nameOfReferenced(address, "load_balancer_arn")} ${values.port}`;
      case "aws_lb_listener_rule":
        return `${nameOfReferenced(address, "listener_arn")} ${values.priority}`;
      default: {
        const argument = NAME_ARGUMENT[type];
        const name = argument ? values[argument] : (values.tags as { Name?: string } | undefined)?.Name;
        return typeof name === "string" ? name : undefined;
      }
    }
  };
  return nameOf;
}
