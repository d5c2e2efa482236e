/** Where an environment answers. */
import { isLocalApi } from "../environment/local-api.ts";
import { ADDRESSES_PATH } from "../rehearsal/data-plane/corrections.ts";

export interface Addresses {
  readonly edge: string;
  readonly balancer: string;
}

/**
 * By its outputs; on the rehearsal's API, whose names are in no DNS, by what the gateway says of the preview.
 *
 * @returns undefined where nothing runs behind a local API
 */
export async function addressesOf(
  outputs: Readonly<Record<string, string>>,
  suffix: string,
  environment: NodeJS.ProcessEnv,
): Promise<Addresses | undefined> {
  if (isLocalApi(environment)) {
    const answer = await fetch(
      `${environment.AWS_ENDPOINT_URL}${ADDRESSES_PATH}?suffix=${encodeURIComponent(suffix)}`,
    ).catch(() => undefined);
    return answer?.ok ? ((await answer.json()) as Addresses) : undefined;
  }
  const { "cloudfront-url": edge = "", "alb-dns-name": balancer = "" } = outputs;
  return { edge, balancer: `http://${balancer}` };
}
