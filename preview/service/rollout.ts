/** When a deployment is over: rolled out, or failed by its circuit breaker or by an alarm. */
import type { ServiceBlueprint } from "../blueprint/index.ts";
import { type Deployment, failureThreshold } from "./deployment.ts";

/** What is known when it is judged. */
export interface RolloutFacts {
  settings: Pick<ServiceBlueprint, "circuitBreaker" | "deploymentAlarms">;
  desired: number;
  /** Tasks of its revision that are healthy, and whether there are any of another. */
  healthy: number;
  others: boolean;
  /** Milliseconds of stack time. */
  now: number;
  ringing: (names: readonly string[]) => string[];
}

export type Verdict = { outcome: "COMPLETED" } | { outcome: "FAILED"; why: string; rollBack: boolean };

/** @returns undefined while it goes on. Notes on the deployment when all its tasks had been replaced. */
export function judge(deployment: Deployment, facts: RolloutFacts): Verdict | undefined {
  const { circuitBreaker, deploymentAlarms } = facts.settings;
  const [rang] = deployment.watched ? facts.ringing(deploymentAlarms.names) : [];
  if (rang) return { outcome: "FAILED", why: `${rang} rang`, rollBack: deploymentAlarms.rollback };
  if (hasTripped(deployment, circuitBreaker, facts.desired)) {
    const why = `${deployment.failures} tasks in a row never became healthy`;
    return { outcome: "FAILED", why, rollBack: circuitBreaker.rollback };
  }
  if (facts.others || facts.healthy < facts.desired) return undefined;
  deployment.scaledAt ??= facts.now;
  const bakedAt = deployment.scaledAt + (deployment.watched ? deploymentAlarms.bakeSeconds * 1000 : 0);
  return facts.now >= bakedAt ? { outcome: "COMPLETED" } : undefined;
}

export function hasTripped(
  { failures }: Deployment,
  { enabled }: ServiceBlueprint["circuitBreaker"],
  desired: number,
): boolean {
  return enabled && failures >= failureThreshold(desired);
}
