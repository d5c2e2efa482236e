import { Lazy, type TerraformResource } from "cdktn";

/** Something that others must wait for: they are made after it, and destroyed before it. */
export interface IDependable {
  /** The resources that stand for it. Read when the stack is synthesised, so that what is added later counts. */
  readonly dependables: readonly TerraformResource[];
}

/**
 * Makes `resource` wait for `others`. The list is read when the stack is synthesised: it may grow until then, and so may
 * each of them (rules and policies are added to a construct after the resource that needs them was made).
 *
 * CDK's `node.addDependency` is not used because cdktn drops it silently (open-constructs/cdk-terrain#354).
 */
export function dependsOn(
  resource: TerraformResource,
  others: readonly (IDependable | TerraformResource)[],
): void {
  const resources = () => others.flatMap((other) => ("dependables" in other ? other.dependables : [other]));
  const address = (each: TerraformResource) => `${each.terraformResourceType}.${each.friendlyUniqueId}`;
  const produce = () => {
    const addresses = [...new Set(resources().map(address))].sort();
    return addresses.length > 0 ? addresses : undefined;
  };
  resource.dependsOn = Lazy.listValue({ produce });
}
