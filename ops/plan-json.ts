import {
  type Json,
  type JsonObject,
  readJson,
  UnreadableDocument,
  valuesAt,
} from "../local/terraform-json/index.ts";

/** What Terraform intends for one resource. */
export interface PlannedResource {
  readonly address: string;
  readonly type: string;
  /** `no-op`, `create`, `update`, `delete`, or both of a replacement. */
  readonly actions: readonly string[];
  /** Whether it is replaced for no other reason than that an apply failed while it was made. */
  readonly isTainted: boolean;
  /** Arguments as they are now; empty for what is to be created. */
  readonly before: JsonObject;
  /** Arguments as they will be; what is only known after the apply is missing. */
  readonly values: JsonObject;
  /** In the shape of `values`: true where a value is only known after the apply. */
  readonly unknown: JsonObject;
  /** In the shape of `values`: true where the provider marks a value as sensitive. */
  readonly sensitive: Json;
}

/** A plan, read from `terraform show -json` (JSON output format 1.x). */
export class Plan {
  /** Managed resources, those to be deleted too. */
  readonly resources: readonly PlannedResource[];
  /** Data sources that were read while planning. */
  readonly data: readonly { readonly address: string; readonly type: string; readonly values: JsonObject }[];

  /** @throws UnreadableDocument when `root` is not a plan */
  constructor(root: JsonObject) {
    if (!Array.isArray(root.resource_changes) || root.planned_values === undefined) {
      throw new UnreadableDocument("This is no plan: make it with `terraform show -json <plan file>`.");
    }
    const changes = (root.resource_changes as JsonObject[]).filter(({ mode }) => mode === "managed");
    this.resources = changes.map((resource) => {
      const change = resource.change as JsonObject;
      return {
        address: String(resource.address),
        type: String(resource.type),
        actions: change.actions as string[],
        isTainted: resource.action_reason === "replace_because_tainted",
        before: (change.before ?? {}) as JsonObject,
        values: (change.after ?? {}) as JsonObject,
        unknown: (change.after_unknown ?? {}) as JsonObject,
        sensitive: change.after_sensitive ?? false,
      };
    });
    this.data = (valuesAt(root, "prior_state.values.root_module.resources") as JsonObject[])
      .filter(({ mode }) => mode === "data")
      .map(({ address, type, values }) => ({
        address: String(address),
        type: String(type),
        values: values as JsonObject,
      }));
  }

  /** @throws UnreadableDocument naming the file */
  static read(file: string): Plan {
    return new Plan(readJson(file));
  }

  of(...types: string[]): PlannedResource[] {
    return this.resources.filter(({ type }) => types.includes(type));
  }
}
