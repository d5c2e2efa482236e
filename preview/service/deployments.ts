import type { ServiceBlueprint } from "../blueprint/index.ts";
import type { EventKind, EventLevel, PreviewEvent, TaskDefinitionChange } from "../contract/index.ts";
import { Deployment, failureThreshold } from "./deployment.ts";
import { deploymentChanged, type EcsEvent } from "./ecs-events.ts";

type RolloutSettings = Pick<ServiceBlueprint, "circuitBreaker" | "deploymentAlarms">;

/** What is known when a deployment is judged. */
interface Facts {
  desired: number;
  /** Tasks of its revision that are healthy, and whether there are any of another. */
  healthy: number;
  others: boolean;
  /** Milliseconds of stack time. */
  now: number;
}

export interface DeploymentHooks {
  tell: (kind: EventKind, level: EventLevel, message: string, detail?: PreviewEvent["detail"]) => void;
  onEvent: (event: EcsEvent) => void;
  ringing: (names: readonly string[]) => string[];
}

type Verdict = { outcome: "COMPLETED" } | { outcome: "FAILED"; why: string; rollBack: boolean };

/** The deployments of a service: begun, watched while they roll out, and rolled back where they fail and that is enabled. */
export class Deployments {
  readonly #settings: ServiceBlueprint;
  readonly #hooks: DeploymentHooks;
  /** The primary one first. */
  #all: Deployment[] = [];
  #lastCompleted: Deployment | undefined;
  #revision = 0;

  constructor(settings: ServiceBlueprint, hooks: DeploymentHooks) {
    this.#settings = settings;
    this.#hooks = hooks;
  }

  /** The primary one first. */
  get all(): readonly Deployment[] {
    return this.#all;
  }

  get primary(): Deployment | undefined {
    return this.#all[0];
  }

  of(revision: number): Deployment | undefined {
    return this.#all.find((deployment) => deployment.revision === revision);
  }

  /** Makes a new revision the primary one. */
  begin(change: TaskDefinitionChange): Deployment {
    return this.#begin(new Deployment(++this.#revision, change));
  }

  /** Ends those that roll out. */
  abandon(): void {
    for (const deployment of this.#all) deployment.finish("FAILED");
  }

  /** Ends the primary deployment if it is over. @returns the way back, where one has begun. */
  judge(facts: Facts): Deployment | undefined {
    const { primary } = this;
    if (primary?.rollout !== "IN_PROGRESS") return undefined;
    const { tell, onEvent, ringing } = this.#hooks;
    const verdict = judge(primary, this.#settings, { ...facts, ringing });
    if (!verdict) return undefined;
    const good = verdict.outcome === "FAILED" && verdict.rollBack ? this.#lastCompleted : undefined;
    const { revision, failures } = primary;
    if (verdict.outcome === "FAILED") {
      tell("deployment.failed", "bad", `Revision ${revision} failed: ${verdict.why}.`, {
        revision,
        failures,
      });
    } else {
      this.#all = [primary];
      this.#lastCompleted = primary;
      tell("deployment.completed", "good", `Revision ${revision} is rolled out.`, { revision });
    }
    onEvent(deploymentChanged(this.#settings, verdict.outcome));
    primary.finish(verdict.outcome);
    return good && this.#begin(new Deployment(good.revision, good.change, true));
  }

  #begin(deployment: Deployment): Deployment {
    const { tell, onEvent } = this.#hooks;
    for (const older of this.#all) if (older.rollout === "IN_PROGRESS") older.finish("FAILED");
    this.#all.unshift(deployment);
    deployment.watched = !deployment.rollback && this.#mayBeWatched(); // there is nothing to go back to from a way back
    const { revision, rollback } = deployment;
    onEvent(deploymentChanged(this.#settings, "IN_PROGRESS"));
    if (rollback) tell("deployment.rollback", "warn", `Rolling back to revision ${revision}.`, { revision });
    else tell("deployment.started", "info", `Rolling out revision ${revision}.`, { revision });
    return deployment;
  }

  /** There is something to go back to, and no alarm rings already. */
  #mayBeWatched(): boolean {
    const { names } = this.#settings.deploymentAlarms;
    const ringing = this.#hooks.ringing(names);
    return names.length > 0 && this.#lastCompleted !== undefined && ringing.length === 0;
  }
}

/** @returns undefined while it goes on. Notes on the deployment when all its tasks had been replaced. */
function judge(
  deployment: Deployment,
  settings: RolloutSettings,
  facts: Facts & Pick<DeploymentHooks, "ringing">,
): Verdict | undefined {
  const { circuitBreaker, deploymentAlarms } = settings;
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
