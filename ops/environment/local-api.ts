/** What differs when the AWS API is one on this machine (the rehearsal's): what the provider is told. */
import type { JsonObject } from "../../local/terraform-json/index.ts";

/** How often the provider asks again after a throttled, failed or broken call. AWS's default is 25: minutes. */
const MAX_RETRIES = 6;

/**
 * What no environment variable can say to the provider. Terraform merges a file whose name ends in `_override.tf.json`
 * into the configuration, so the synthesised JSON itself stays exactly what would be deployed.
 */
export function providerOverride(stack: JsonObject): JsonObject {
  const providers = (stack.provider as { aws: { alias?: string }[] }).aws;
  return {
    provider: {
      aws: providers.map(({ alias }) => ({
        ...(alias && { alias }),
        s3_use_path_style: true,
        max_retries: MAX_RETRIES,
      })),
    },
  };
}
