import { Lazy, type TerraformResource } from "cdktn";

/**
 * Makes `resource` wait for whatever `produce` names when the stack is synthesised: rules and policies are added to a
 * construct after the resource that needs them was made.
 *
 * CDK's `node.addDependency` is not used because cdktn drops it silently (open-constructs/cdk-terrain#354).
 */
export function dependsOn(resource: TerraformResource, produce: () => readonly TerraformResource[]): void {
  const address = (each: TerraformResource) => `${each.terraformResourceType}.${each.friendlyUniqueId}`;
  resource.dependsOn = Lazy.listValue({ produce: () => [...new Set(produce().map(address))].sort() });
}
