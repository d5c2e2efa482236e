/**
 * Which capacity provider a service's next task is asked of, as its strategy says: the base first, then by weight
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html). A strategy never asks another
 * provider in place of one that has no capacity (aws/containers-roadmap#852).
 */
import type { ProviderShare } from "../blueprint/service.ts";

export const SPOT = "FARGATE_SPOT";

/** @param used the providers of the service's tasks */
export function nextProvider(strategy: readonly ProviderShare[], used: readonly string[]): string {
  const count = (provider: string) => used.filter((each) => each === provider).length;
  const base = strategy.find((share) => count(share.provider) < share.base);
  if (base) return base.provider;
  const load = ({ provider, base, weight }: ProviderShare) => (count(provider) - base + 1) / weight;
  const weighed = strategy.filter(({ weight }) => weight > 0).toSorted((a, b) => load(a) - load(b));
  return weighed[0]?.provider ?? "FARGATE";
}
