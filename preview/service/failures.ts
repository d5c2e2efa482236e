/** Tasks of a service that fail: which do, how often, and how long the next start waits for it. */
import type { Target } from "../balancer/target-group.ts";
import { backoffSeconds, type Deployment } from "./deployment.ts";
import { type DeploymentHooks, hasTripped } from "./deployments.ts";
import type { ServiceParts } from "./parts.ts";
import type { Task } from "./task.ts";

/**
 * However fast the stack's clock runs, a process takes its time until it is ready: so long when it does nothing, so
 * long while it is busy, on a machine where many start at once.
 */
const SHORTEST_START_SECONDS = 12;
const LONGEST_START_SECONDS = 60;
/** Percent of a task's slice below which it does nothing. */
const IDLE_CPU_PERCENT = 5;

/**
 * Whether the balancer's checks have found a task broken, once it has had its time to start.
 *
 * @param graceSeconds the service's grace period, on the wall clock
 */
export function hasFailed(task: Task, target: Target | undefined, graceSeconds: number): boolean {
  const start = task.cpuPercent > IDLE_CPU_PERCENT ? LONGEST_START_SECONDS : SHORTEST_START_SECONDS;
  const grace = target?.broken ? graceSeconds : Math.max(graceSeconds, start);
  const counts = task.everHealthy || Date.now() - task.startedAt >= grace * 1000;
  return target?.health === "unhealthy" && counts;
}

/** What failed in a row, deployment by deployment, and the wait that grows with it. */
export class Failures {
  readonly #parts: Pick<ServiceParts, "settings" | "clock" | "log">;
  readonly #tell: DeploymentHooks["tell"];
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(parts: Pick<ServiceParts, "settings" | "clock" | "log">, tell: DeploymentHooks["tell"]) {
    this.#parts = parts;
    this.#tell = tell;
  }

  /** Nothing waits for the failures so far. */
  forget(): void {
    this.#lastAt = Number.NEGATIVE_INFINITY;
  }

  /** Whether a task of the deployment may be started: it has not failed, and the wait after its last failure is over. */
  mayStart({ rollout, failures }: Deployment): boolean {
    return rollout !== "FAILED" && this.#parts.clock.now() - this.#lastAt >= backoffSeconds(failures) * 1000;
  }

  /** @param desired how many tasks the service shall have, by which the circuit breaker's threshold goes */
  count(task: Task, deployment: Deployment | undefined, why: string, desired: number): void {
    const { settings, log, clock } = this.#parts;
    const { address } = settings.container; // what is wrong is most likely in the task definition
    log.write("task.failed", "bad", address, `Task ${task.id} failed: ${why}.`, { task: task.id });
    this.#lastAt = clock.now();
    if (task.everHealthy || !deployment) return;
    deployment.failures++;
    deployment.lastFailure = why;
    const wait = backoffSeconds(deployment.failures);
    if (wait === 0 || hasTripped(deployment, settings.circuitBreaker, desired)) return;
    this.#tell(
      "service.throttled",
      "warn",
      `${deployment.failures} tasks in a row failed; the next start waits ${wait} s of the stack's time.`,
    );
  }
}
