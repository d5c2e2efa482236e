import { audit, type Finding } from "./audit/index.ts";
import { Plan } from "./plan-json.ts";
import { synthesise } from "./synthesise.ts";
import { Configuration } from "./terraform-json.ts";

/**
 * Audits a stack, and a plan of it.
 *
 * @param file a `cdk.tf.json`. @default the stack is synthesised with the settings of the environment
 * @param plan what `terraform show -json` says of a plan. @default the rules that need one are not checked
 * @throws UserError for a file that cannot be read and a setting that cannot be
 */
export async function check(file?: string, plan?: string): Promise<readonly Finding[]> {
  const config = file === undefined ? new Configuration(await synthesise()) : Configuration.read(file);
  return audit(config, plan === undefined ? undefined : Plan.read(plan));
}
