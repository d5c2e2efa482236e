/** An ECS service: keeps the desired count of tasks running, rolls out revisions, replaces what fails. */

import { freePort } from "../../local/ports.ts";
import type { Target } from "../balancer/target-group.ts";
import type { ServiceBlueprint } from "../blueprint/index.ts";
import type {
  DeploymentSnapshot,
  EventKind,
  EventLevel,
  PreviewEvent,
  TaskDefinitionChange,
  TaskSnapshot,
} from "../contract/index.ts";
import type { Deployment } from "./deployment.ts";
import { Deployments } from "./deployments.ts";
import { type EcsEvent, taskStopped } from "./ecs-events.ts";
import { Failures, hasFailed } from "./failures.ts";
import type { ServiceParts } from "./parts.ts";
import { nextProvider, SPOT } from "./placement.ts";
import { plan, type Replica } from "./plan.ts";
import { deploymentSnapshot, taskSnapshot } from "./snapshots.ts";
import { Task } from "./task.ts";

/** Wall-clock milliseconds between two looks at what is missing; events make it look at once. */
const TICK_MS = 250;
const STOPPED_TASKS_KEPT = 8;
/**
 * ECS learns of a Spot interruption when the task gets its SIGTERM, and takes it out of the target group after that
 * (aws/containers-roadmap#2673). Seconds of stack time.
 */
const SPOT_DEREGISTRATION_LAG = 5;

export class Service {
  readonly #parts: ServiceParts;
  readonly #settings: ServiceBlueprint;
  readonly #tasks: Task[] = [];
  readonly #stopped: Task[] = [];
  /** Tasks that this service itself has asked to stop, or that were interrupted: their end is no failure. */
  readonly #expected = new WeakSet<Task>();
  readonly #deployments: Deployments;
  #desired: number;
  /** Capacity providers of the tasks that are not running yet. */
  readonly #starting: string[] = [];
  #spotWithheld = false;
  readonly #failures: Failures;
  #closing = false;
  #timer: NodeJS.Timeout | undefined;
  /** Told of what ECS tells EventBridge. */
  onEvent: (event: EcsEvent) => void = () => {};
  /** Those of the named alarms that ring. */
  ringing: (names: readonly string[]) => string[] = () => [];

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.#settings = parts.settings;
    this.#desired = this.#settings.desired;
    this.#failures = new Failures(parts, (...event) => this.#tell(...event));
    this.#deployments = new Deployments(parts.settings, {
      tell: (...event) => this.#tell(...event),
      onEvent: (event) => this.onEvent(event),
      ringing: (names) => this.ringing(names),
    });
    parts.balancer.targetGroup.onHealth((target) => this.#onHealth(target));
  }

  get desired(): number {
    return this.#desired;
  }

  set desired(count: number) {
    this.#desired = count;
    this.#reconcile();
  }

  get tasks(): readonly Task[] {
    return this.#tasks;
  }

  get running(): Task[] {
    return this.#tasks.filter(({ status }) => status === "RUNNING");
  }

  get pending(): number {
    return this.#starting.length;
  }

  /** Whether Spot gives no task. Those that run stay. */
  set spotWithheld(withheld: boolean) {
    if (withheld && this.#settings.strategy.some(({ provider }) => provider === SPOT))
      this.#tell("service.throttled", "warn", "Spot has no capacity: no task can be started on it.");
    this.#spotWithheld = withheld;
    this.#reconcile();
  }

  /** Rolls out a new revision. Resolves when it is completed, or has failed and, where enabled, was rolled back. */
  async deploy(change: TaskDefinitionChange): Promise<{ revision: number; rollout: "COMPLETED" | "FAILED" }> {
    const deployment = this.#deployments.begin(change);
    this.#begun();
    this.#timer ??= setInterval(() => this.#reconcile(), TICK_MS);
    const rollout = await deployment.finished.promise;
    const { primary } = this.#deployments;
    if (rollout === "FAILED" && primary?.rollback) await primary.finished.promise;
    return { revision: deployment.revision, rollout };
  }

  /** Why the primary deployment's last task failed. */
  get lastFailure(): string | undefined {
    return this.#deployments.primary?.lastFailure;
  }

  /** Takes running tasks away as Spot does. Resolves with their ids when all have stopped. */
  async interrupt(count: number): Promise<string[]> {
    const victims = this.running.filter(({ provider }) => provider === SPOT).slice(0, count);
    await Promise.all(victims.map((task) => this.#interruptTask(task)));
    return victims.map(({ id }) => id);
  }

  /**
   * Ends all tasks: out of the balancer, then SIGTERM.
   *
   * @param timeoutSeconds what they get before SIGKILL. @default the container's `stopTimeout`
   */
  async close(timeoutSeconds = this.#settings.container.stopTimeout): Promise<void> {
    this.#closing = true;
    clearInterval(this.#timer);
    this.#deployments.abandon();
    for (const task of this.#tasks) void this.#parts.balancer.targetGroup.deregister(task.id);
    await Promise.all(this.#tasks.map((task) => task.stop(timeoutSeconds)));
  }

  /** Kills all tasks, also those that are draining. */
  kill(): void {
    this.#closing = true;
    for (const task of this.#tasks) task.kill();
  }

  deploymentSnapshots(): DeploymentSnapshot[] {
    return this.#deployments.all.map((deployment, index) =>
      deploymentSnapshot(deployment, index === 0, this.#desired, this.running),
    );
  }

  /** Those that have not stopped, then the last few that have, newest first. */
  taskSnapshots(): TaskSnapshot[] {
    return [...this.#tasks, ...this.#stopped].map((task) => taskSnapshot(task, this.#target(task)));
  }

  /** A deployment has begun: nothing waits for the failures of the one before. */
  #begun(): void {
    this.#failures.forget();
    this.#reconcile();
  }

  /** Compares what runs with what should, and starts and stops tasks. */
  #reconcile(): void {
    const { primary } = this.#deployments;
    if (this.#closing || !primary) return;
    const replicas = this.running.map((task) => this.#replica(task));
    const { start, retire, giveUp } = plan(replicas, primary.revision, this.pending, {
      ...this.#settings,
      desired: this.#desired,
    });
    for (const task of giveUp) this.#giveUp(task);
    for (const task of retire) {
      const replaced = task.revision !== primary.revision;
      void this.#retire(
        task,
        replaced ? `replaced by revision ${primary.revision}` : "more tasks than desired",
      );
    }
    for (let count = this.#failures.mayStart(primary) ? start : 0; count > 0; count--) {
      const used = [...this.running.map(({ provider }) => provider), ...this.#starting];
      const provider = nextProvider(this.#settings.strategy, used);
      if (provider === SPOT && this.#spotWithheld) break;
      void this.#start(primary, provider);
    }
    const ofPrimary = this.running.filter(({ revision }) => revision === primary.revision);
    const wayBack = this.#deployments.judge({
      desired: this.#desired,
      healthy: ofPrimary.filter((task) => this.#isHealthy(task)).length,
      others: this.#tasks.some(({ revision }) => revision !== primary.revision),
      now: this.#parts.clock.now(),
    });
    if (wayBack) this.#begun();
  }

  #replica(task: Task): Replica {
    const grace = this.#settings.gracePeriod / this.#parts.clock.speed;
    return { task, healthy: this.#isHealthy(task), failed: hasFailed(task, this.#target(task), grace) };
  }

  async #start(deployment: Deployment, provider: string): Promise<void> {
    const { launch, logFile, balancer } = this.#parts;
    this.#starting.push(provider);
    let task: Task;
    try {
      const port = await freePort();
      if (this.#closing) return;
      const { revision, change } = deployment;
      task = new Task({ revision, provider, port, logFile, ...launch(change, port) });
      this.#tasks.push(task);
      await task.started;
    } finally {
      this.#starting.splice(this.#starting.indexOf(provider), 1);
    }
    const ran = task.status === "RUNNING";
    if (ran) {
      this.#tell("task.started", "info", `Task ${task.id} (revision ${task.revision}) started.`, {}, task);
      balancer.targetGroup.register(task.id, task.port);
      this.#reconcile();
    }
    await task.exited;
    task.stopCode ??= ran ? "EssentialContainerExited" : "TaskFailedToStart";
    this.#onExit(task, deployment);
  }

  #onExit(task: Task, deployment: Deployment): void {
    task.served = this.#target(task)?.served ?? task.served;
    this.#parts.balancer.targetGroup.remove(task.id);
    this.#tasks.splice(this.#tasks.indexOf(task), 1);
    this.#stopped.unshift(task);
    this.#stopped.length = Math.min(this.#stopped.length, STOPPED_TASKS_KEPT);
    if (task.stopCode) this.onEvent(taskStopped(this.#settings, task.id, task.stopCode, String(task.reason)));
    if (this.#expected.has(task)) {
      this.#tell("task.stopped", "info", `Task ${task.id} stopped: ${task.reason}.`, {}, task);
    } else if (!this.#closing) {
      const words = task.lastWords();
      const why = words ? `${task.reason}: ${words}` : String(task.reason);
      this.#failures.count(task, deployment, why, this.#desired);
    }
    this.#reconcile();
  }

  /** Takes a task out of the balancer, waits for the deregistration delay, then stops it. */
  async #retire(task: Task, reason: string): Promise<void> {
    task.status = "DEACTIVATING";
    task.reason = reason;
    task.stopCode = "ServiceSchedulerInitiated";
    this.#expected.add(task);
    await this.#parts.balancer.targetGroup.deregister(task.id);
    if (this.#closing) return;
    this.#tell("task.stopping", "info", `Task ${task.id} is stopping: ${reason}.`, {}, task);
    await task.stop(this.#settings.container.stopTimeout);
  }

  async #interruptTask(task: Task): Promise<void> {
    const { balancer, clock } = this.#parts;
    task.reason = "Spot interruption";
    task.stopCode = "SpotInterruption";
    this.#expected.add(task);
    this.#tell("task.interrupted", "warn", `Task ${task.id}: Spot takes its capacity back.`, {}, task);
    const stopped = task.stop(this.#settings.container.stopTimeout);
    this.#reconcile();
    void clock.sleep(SPOT_DEREGISTRATION_LAG).then(() => balancer.targetGroup.deregister(task.id));
    await stopped;
  }

  #giveUp(task: Task): void {
    const reason = this.#target(task)?.reason ?? "unhealthy";
    const words = task.lastWords();
    const deployment = this.#deployments.of(task.revision);
    const why = words ? `${reason}; its log ends: ${words}` : reason;
    this.#failures.count(task, deployment, why, this.#desired);
    void this.#retire(task, reason);
  }

  #onHealth(target: Target): void {
    const task = this.#tasks.find(({ id }) => id === target.id);
    if (task && target.health === "healthy") {
      task.everHealthy = true;
      const deployment = this.#deployments.of(task.revision);
      if (deployment) deployment.failures = 0;
    }
    queueMicrotask(() => this.#reconcile());
  }

  #target(task: Task): Target | undefined {
    return this.#parts.balancer.targetGroup.find(task.id);
  }

  #isHealthy(task: Task): boolean {
    return task.status === "RUNNING" && this.#target(task)?.health === "healthy";
  }

  /** Writes to the event log, about the service or one of its tasks. */
  #tell(
    kind: EventKind,
    level: EventLevel,
    message: string,
    detail: PreviewEvent["detail"] = {},
    task?: Task,
  ): void {
    this.#parts.log.write(kind, level, this.#settings.address, message, {
      detail,
      ...(task && { task: task.id }),
    });
  }
}
