/** What differs when the AWS API is one on this machine (the rehearsal's): nothing but these two things. */
import type { JsonObject } from "../../local/terraform-json/index.ts";

/** True when AWS's own variable sends every call to an address of this machine. */
export function isLocalApi(environment: NodeJS.ProcessEnv): boolean {
  const endpoint = environment.AWS_ENDPOINT_URL;
  return endpoint !== undefined && /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?\/?$/.test(endpoint);
}

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
