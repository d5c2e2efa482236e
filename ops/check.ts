import { synthesise } from "../local/synthesise.ts";
import { Configuration } from "../local/terraform-json/index.ts";
import { audit, type Finding } from "./audit/audit.ts";
import { Plan } from "./plan-json.ts";

/**
 * Audits a stack, and a plan of it.
 *
 * @param options.file a `cdk.tf.json`. @default the stack is synthesised with the settings of the environment
 * @param options.plan what `terraform show -json` says of a plan. @default the rules that need one are not checked
 * @throws UserError for a file that cannot be read and a setting that cannot be
 */
export async function check(
  options: { readonly file?: string; readonly plan?: string; readonly signal?: AbortSignal } = {},
): Promise<readonly Finding[]> {
  const { file, plan, signal } = options;
  const config =
    file === undefined ? new Configuration(await synthesise({}, signal)) : Configuration.read(file);
  return audit(config, plan === undefined ? undefined : Plan.read(plan));
}
