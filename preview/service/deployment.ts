/** A rollout of one revision of the task definition, and the circuit breaker that watches it. */
import type { DeploymentSnapshot, TaskDefinitionChange } from "../contract/index.ts";

export class Deployment {
  readonly revision: number;
  readonly change: TaskDefinitionChange;
  readonly rollback: boolean;
  rollout: DeploymentSnapshot["rollout"] = "IN_PROGRESS";
  /** Tasks in a row that stopped, or were given up, before they had ever been healthy. */
  failures = 0;
  lastFailure: string | undefined;
  /** Whether an alarm fails it: not where one rang before it began, so that a version that mends it can be rolled out. */
  watched = false;
  /** When all its tasks were healthy, by the stack's clock in milliseconds; its alarms are watched for a while from then on. */
  scaledAt: number | undefined;
  readonly finished = Promise.withResolvers<"COMPLETED" | "FAILED">();

  constructor(revision: number, change: TaskDefinitionChange, rollback = false) {
    this.revision = revision;
    this.change = change;
    this.rollback = rollback;
  }

  finish(rollout: "COMPLETED" | "FAILED"): void {
    this.rollout = rollout;
    this.finished.resolve(rollout);
  }
}

/**
 * Failed tasks that make a deployment a failed one: half of the desired count, but at least 3 and at most 200.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
 */
export function failureThreshold(desired: number): number {
  return Math.min(200, Math.max(3, Math.ceil(desired / 2)));
}

/**
 * Seconds that the scheduler waits after the last of several failures in a row before it starts another task.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
 */
export function backoffSeconds(failures: number): number {
  return failures < 2 ? 0 : Math.min(900, 10 * 2 ** (failures - 2));
}
