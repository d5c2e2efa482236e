/** The ECS service: keeps the desired count of tasks running, rolls out revisions, replaces what fails. */
import type { Balancer } from "../balancer/index.ts";
import type { Target } from "../balancer/target-group.ts";
import type { Blueprint } from "../blueprint/index.ts";
import type { StackClock } from "../clock.ts";
import type { EventLog } from "../event-log.ts";
import { freePort } from "../listen.ts";
import type { DeploymentSnapshot, TaskDefinitionChange, TaskSnapshot } from "../state.ts";
import { backoffSeconds, Deployment, failureThreshold } from "./deployment.ts";
import { Task } from "./task.ts";

/** Makes the process settings of a task of one revision; see definition.ts. */
export type Launch = (
  change: TaskDefinitionChange,
  port: number,
) => { command: string[]; folder: string; environment: { [name: string]: string } };

export type ServiceParts = {
  blueprint: Blueprint;
  balancer: Balancer;
  clock: StackClock;
  log: EventLog;
  launch: Launch;
  logFile: (id: string) => string;
};

/** Wall-clock milliseconds between two looks at what is missing; events make it look at once. */
const tickMs = 250;
const stoppedTasksKept = 8;
/**
 * ECS learns of a Spot interruption when the task gets its SIGTERM, and takes it out of the target group after that
 * (aws/containers-roadmap#2673). Seconds of stack time.
 */
const spotDeregistrationLag = 5;
/** However fast the stack's clock runs, a process takes its time until it listens. */
const shortestStartSeconds = 12;

export class Service {
  readonly #parts: ServiceParts;
  readonly #settings: Blueprint["service"];
  readonly #tasks: Task[] = [];
  readonly #stopped: Task[] = [];
  /** The primary one first. */
  #deployments: Deployment[] = [];
  #lastCompleted: Deployment | undefined;
  #revision = 0;
  #desired: number;
  #starting = 0;
  #lastFailureAt = Number.NEGATIVE_INFINITY;
  #closing = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.#settings = parts.blueprint.service;
    this.#desired = this.#settings.desired;
    parts.balancer.targetGroup.onHealth = (target) => this.#onHealth(target);
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
    return this.#starting;
  }

  /** Rolls out a new revision. Resolves when it is completed, or has failed and, where enabled, was rolled back. */
  async deploy(change: TaskDefinitionChange): Promise<{ revision: number; rollout: "COMPLETED" | "FAILED" }> {
    const deployment = this.#begin(new Deployment(++this.#revision, change));
    this.#timer ??= setInterval(() => this.#reconcile(), tickMs);
    const rollout = await deployment.finished.promise;
    const [primary] = this.#deployments;
    if (rollout === "FAILED" && primary?.rollback) await primary.finished.promise;
    return { revision: deployment.revision, rollout };
  }

  /** Why the primary deployment's last task failed. */
  get lastFailure(): string | undefined {
    return this.#deployments[0]?.lastFailure;
  }

  /** Takes running tasks away as Spot does. Resolves with their ids when all have stopped. */
  async interrupt(count: number): Promise<string[]> {
    const victims = this.running.slice(0, count);
    await Promise.all(victims.map((task) => this.#interruptTask(task)));
    return victims.map(({ id }) => id);
  }

  /** Ends all tasks: out of the balancer, then SIGTERM and their `stopTimeout`. */
  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#timer);
    for (const deployment of this.#deployments) deployment.finish("FAILED");
    for (const task of this.#tasks) void this.#parts.balancer.targetGroup.deregister(task.id);
    await Promise.all(this.#tasks.map((task) => task.stop(this.#settings.container.stopTimeout)));
  }

  /** Kills all tasks, also those that are draining. */
  kill(): void {
    this.#closing = true;
    for (const task of this.#tasks) task.kill();
  }

  deploymentSnapshots(): DeploymentSnapshot[] {
    return this.#deployments.map((deployment, index) => ({
      revision: deployment.revision,
      status: index === 0 ? "PRIMARY" : "ACTIVE",
      rollout: deployment.rollout,
      desired: index === 0 ? this.#desired : 0,
      running: this.running.filter(({ revision }) => revision === deployment.revision).length,
      failed: deployment.failures,
      failureThreshold: failureThreshold(this.#desired),
      rollback: deployment.rollback,
    }));
  }

  taskSnapshots(): TaskSnapshot[] {
    return [...this.#tasks, ...this.#stopped].map((task) => {
      const target = this.#target(task);
      return {
        id: task.id,
        pid: task.pid,
        address: `127.0.0.1:${task.port}`,
        status: task.status,
        health: target?.health ?? "unused",
        reason: target?.reason ?? task.reason,
        revision: task.revision,
        inFlight: target?.inFlight ?? 0,
        served: target?.served ?? task.served,
        cpuPercent: task.cpuPercent,
        memory: task.memory,
        startedAt: task.startedAt,
        stoppedAt: task.stoppedAt,
        exitCode: task.exitCode,
      };
    });
  }

  #begin(deployment: Deployment): Deployment {
    for (const older of this.#deployments) if (older.rollout === "IN_PROGRESS") older.finish("FAILED");
    this.#deployments.unshift(deployment);
    this.#lastFailureAt = Number.NEGATIVE_INFINITY;
    const what = deployment.rollback ? "Rolling back to" : "Rolling out";
    const kind = deployment.rollback ? "deployment.rollback" : "deployment.started";
    this.#parts.log.write(
      kind,
      deployment.rollback ? "warn" : "info",
      this.#settings.address,
      `${what} revision ${deployment.revision}.`,
      {
        detail: { revision: deployment.revision },
      },
    );
    this.#reconcile();
    return deployment;
  }

  /** Compares what runs with what should, and starts and stops tasks within the limits of a rolling update. */
  #reconcile(): void {
    const [primary] = this.#deployments;
    if (this.#closing || !primary) return;
    const live = this.running;
    const mine = live.filter(({ revision }) => revision === primary.revision);
    const older = live.filter(({ revision }) => revision !== primary.revision);
    const maximum = Math.floor((this.#desired * this.#settings.maximumPercent) / 100);
    const minimum = Math.ceil((this.#desired * this.#settings.minimumHealthyPercent) / 100);
    this.#replaceUnhealthy(live);
    this.#startMissing(primary, mine.length, live.length, maximum);
    let healthy = live.filter((task) => this.#isHealthy(task)).length;
    for (const task of unhealthyFirst(older, (task) => this.#isHealthy(task))) {
      if (this.#isHealthy(task) && --healthy < minimum) break;
      void this.#retire(task, `replaced by revision ${primary.revision}`);
    }
    const surplus = unhealthyFirst(mine, (task) => this.#isHealthy(task)).slice(
      0,
      Math.max(0, mine.length - this.#desired),
    );
    for (const task of surplus) void this.#retire(task, "more tasks than desired");
    this.#judgeRollout(primary);
  }

  #startMissing(primary: Deployment, mine: number, live: number, maximum: number): void {
    if (primary.rollout === "FAILED") return;
    const wait = backoffSeconds(primary.failures) * 1000;
    if (this.#parts.clock.now() - this.#lastFailureAt < wait) return;
    const missing = this.#desired - mine - this.#starting;
    const room = maximum - live - this.#starting;
    for (let count = Math.min(missing, room); count > 0; count--) void this.#start(primary);
  }

  async #start(deployment: Deployment): Promise<void> {
    const { log, launch, logFile, balancer } = this.#parts;
    this.#starting++;
    let task: Task;
    try {
      const port = await freePort();
      if (this.#closing) return;
      task = new Task({ revision: deployment.revision, port, logFile, ...launch(deployment.change, port) });
    } finally {
      this.#starting--;
    }
    this.#tasks.push(task);
    const revision = `revision ${task.revision}`;
    log.write("task.started", "info", this.#settings.address, `Task ${task.id} (${revision}) started.`, {
      task: task.id,
    });
    if (task.status === "RUNNING") balancer.targetGroup.register(task.id, task.port);
    await task.exited;
    await this.#onExit(task, deployment);
  }

  async #onExit(task: Task, deployment: Deployment): Promise<void> {
    const { log, balancer } = this.#parts;
    task.served = this.#target(task)?.served ?? task.served;
    balancer.targetGroup.remove(task.id);
    this.#tasks.splice(this.#tasks.indexOf(task), 1);
    this.#stopped.unshift(task);
    this.#stopped.length = Math.min(this.#stopped.length, stoppedTasksKept);
    if (this.#expected.has(task)) {
      log.write("task.stopped", "info", this.#settings.address, `Task ${task.id} stopped: ${task.reason}.`, {
        task: task.id,
      });
    } else if (!this.#closing) {
      const words = await task.lastWords();
      const why = words ? `${task.reason}: ${words}` : String(task.reason);
      log.write("task.failed", "bad", this.#settings.container.address, `Task ${task.id} ${why}.`, {
        task: task.id,
      });
      this.#countFailure(task, deployment, why);
    }
    this.#reconcile();
  }

  /** Tasks that this service itself has asked to stop, or that were interrupted: their end is no failure. */
  readonly #expected = new WeakSet<Task>();

  #countFailure(task: Task, deployment: Deployment, why: string): void {
    this.#lastFailureAt = this.#parts.clock.now();
    if (task.everHealthy) return;
    deployment.failures++;
    deployment.lastFailure = why;
    if (backoffSeconds(deployment.failures) > 0 && deployment.rollout === "IN_PROGRESS") {
      const message = `${deployment.failures} tasks in a row failed; the next start waits ${backoffSeconds(deployment.failures)} s of the stack's time.`;
      this.#parts.log.write("service.throttled", "warn", this.#settings.address, message);
    }
  }

  /** Takes a task out of the balancer, waits for the deregistration delay, then stops it. */
  async #retire(task: Task, reason: string): Promise<void> {
    if (task.status !== "RUNNING") return;
    const { balancer, log } = this.#parts;
    task.status = "DEACTIVATING";
    task.reason = reason;
    this.#expected.add(task);
    await balancer.targetGroup.deregister(task.id);
    if (this.#closing) return;
    log.write("task.stopping", "info", this.#settings.address, `Task ${task.id} is stopping: ${reason}.`, {
      task: task.id,
    });
    await task.stop(this.#settings.container.stopTimeout);
  }

  async #interruptTask(task: Task): Promise<void> {
    const { balancer, clock, log } = this.#parts;
    task.reason = "Spot interruption";
    this.#expected.add(task);
    log.write(
      "task.interrupted",
      "warn",
      this.#settings.address,
      `Task ${task.id}: Spot takes its capacity back.`,
      {
        task: task.id,
      },
    );
    const stopped = task.stop(this.#settings.container.stopTimeout);
    this.#reconcile();
    void clock.sleep(spotDeregistrationLag).then(() => balancer.targetGroup.deregister(task.id));
    await stopped;
  }

  #replaceUnhealthy(live: Task[]): void {
    const grace = (this.#settings.gracePeriod / this.#parts.clock.speed) * 1000;
    for (const task of live) {
      const target = this.#target(task);
      if (target?.health !== "unhealthy") continue;
      const patience = target.answered ? grace : Math.max(grace, shortestStartSeconds * 1000);
      if (!task.everHealthy && Date.now() - task.startedAt < patience) continue;
      void this.#giveUp(task, target.reason ?? "unhealthy");
    }
  }

  async #giveUp(task: Task, reason: string): Promise<void> {
    const deployment = this.#deployments.find(({ revision }) => revision === task.revision);
    const stopping = this.#retire(task, reason);
    const words = await task.lastWords();
    const why = words ? `${reason}; its log ends: ${words}` : reason;
    const message = `Task ${task.id} is given up: ${why}.`;
    this.#parts.log.write("task.failed", "bad", this.#settings.container.address, message, { task: task.id });
    if (deployment) this.#countFailure(task, deployment, why);
    await stopping;
  }

  #judgeRollout(primary: Deployment): void {
    if (primary.rollout !== "IN_PROGRESS") return;
    const { log } = this.#parts;
    const { address, circuitBreaker } = this.#settings;
    const detail = { revision: primary.revision, failures: primary.failures };
    if (circuitBreaker.enabled && primary.failures >= failureThreshold(this.#desired)) {
      const message = `Revision ${primary.revision} failed: ${primary.failures} tasks in a row never became healthy.`;
      log.write("deployment.failed", "bad", address, message, { detail });
      primary.finish("FAILED");
      const good = this.#lastCompleted;
      if (circuitBreaker.rollback && good) this.#begin(new Deployment(good.revision, good.change, true));
      return;
    }
    const rest = this.#tasks.filter(({ revision }) => revision !== primary.revision);
    const healthy = this.running.filter(
      (task) => task.revision === primary.revision && this.#isHealthy(task),
    );
    if (rest.length > 0 || healthy.length < this.#desired) return;
    this.#deployments = [primary];
    this.#lastCompleted = primary;
    log.write("deployment.completed", "good", address, `Revision ${primary.revision} is rolled out.`, {
      detail,
    });
    primary.finish("COMPLETED");
  }

  #onHealth(target: Target): void {
    const task = this.#tasks.find(({ id }) => id === target.id);
    if (task && target.health === "healthy") {
      task.everHealthy = true;
      const deployment = this.#deployments.find(({ revision }) => revision === task.revision);
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
}

function unhealthyFirst(tasks: Task[], isHealthy: (task: Task) => boolean): Task[] {
  return [...tasks].sort((a, b) => Number(isHealthy(a)) - Number(isHealthy(b)) || b.startedAt - a.startedAt);
}
