/** The target group: who is in, who is healthy, and who gets the next request. */
import { Pool } from "undici";
import type { TargetGroup as TargetGroupBlueprint } from "../blueprint/index.ts";
import type { StackClock } from "../clock.ts";
import type { TargetHealth } from "../contract/index.ts";
import type { EventLog } from "../event-log.ts";
import { checkHealth } from "./health-check.ts";

/** The balancer gives up on a connection that a target does not take within this time. */
const CONNECT_TIMEOUT_MS = 10_000;

export class Target {
  readonly id: string;
  readonly port: number;
  readonly pool: Pool;
  readonly checking = new AbortController();
  readonly drained = Promise.withResolvers<void>();
  health: TargetHealth = "initial";
  /** Why the last health check failed. */
  reason: string | undefined;
  /** Whether it has ever answered a health check that it does not work, and not only that it is not ready yet. */
  broken = false;
  /** Passed or failed checks in a row. */
  passes = 0;
  failures = 0;
  inFlight = 0;
  served = 0;

  constructor(id: string, port: number, idleTimeoutMs: number) {
    this.id = id;
    this.port = port;
    this.pool = new Pool(`http://127.0.0.1:${port}`, {
      connections: null, // a balancer opens as many as there are requests at once
      pipelining: 1,
      connectTimeout: CONNECT_TIMEOUT_MS,
      keepAliveTimeout: idleTimeoutMs,
      headersTimeout: idleTimeoutMs,
      bodyTimeout: idleTimeoutMs,
    });
  }
}

export class TargetGroup {
  readonly blueprint: TargetGroupBlueprint;
  readonly #clock: StackClock;
  readonly #log: EventLog;
  readonly #idleTimeoutMs: number;
  readonly #targets = new Map<string, Target>();
  #turn = 0;
  readonly #listeners: ((target: Target) => void)[] = [];

  /** @param idleTimeout of the balancer, in seconds. */
  constructor(blueprint: TargetGroupBlueprint, idleTimeout: number, clock: StackClock, log: EventLog) {
    this.blueprint = blueprint;
    this.#idleTimeoutMs = idleTimeout * 1000;
    this.#clock = clock;
    this.#log = log;
  }

  /** @param listener told of each change of a target's health */
  onHealth(listener: (target: Target) => void): void {
    this.#listeners.push(listener);
  }

  get targets(): Target[] {
    return [...this.#targets.values()];
  }

  find(id: string): Target | undefined {
    return this.#targets.get(id);
  }

  /** A new target is checked at once, and in after its first pass. */
  register(id: string, port: number): Target {
    const target = new Target(id, port, this.#idleTimeoutMs);
    this.#targets.set(id, target);
    this.#log.write("target.registered", "info", this.blueprint.address, `Target ${id} registered.`, {
      task: id,
    });
    void this.#keepChecking(target);
    return target;
  }

  /** No new requests; resolves when the deregistration delay is over, or the target was removed. */
  deregister(id: string): Promise<void> {
    const target = this.#targets.get(id);
    if (!target) return Promise.resolve();
    if (target.health !== "draining") {
      target.checking.abort();
      this.#turnTo(target, "draining");
      this.#log.write("target.draining", "info", this.blueprint.address, `Target ${id} is draining.`, {
        task: id,
      });
      void this.#clock.sleep(this.blueprint.deregistrationDelay).then(() => this.remove(id));
    }
    return target.drained.promise;
  }

  /** At once, with the connections that are left: what a target that is gone comes to. */
  remove(id: string): void {
    const target = this.#targets.get(id);
    if (!target) return;
    this.#targets.delete(id);
    target.checking.abort();
    const cut = target.inFlight > 0 ? `, ${target.inFlight} requests cut off` : "";
    this.#log.write(
      "target.drained",
      cut ? "warn" : "info",
      this.blueprint.address,
      `Target ${id} is out${cut}.`,
      {
        task: id,
      },
    );
    void target.pool.destroy().catch(() => {});
    target.drained.resolve();
  }

  /**
   * The target for the next request. When none is healthy, all registered ones that are not new get requests, since
   * trying is better than refusing ("fail open"). undefined when there is nobody to ask.
   * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
   */
  choose(): Target | undefined {
    let candidates = this.targets.filter(({ health }) => health === "healthy");
    if (candidates.length === 0) candidates = this.targets.filter(({ health }) => health === "unhealthy");
    if (candidates.length === 0) return undefined;
    const start = this.#turn++ % candidates.length;
    if (this.blueprint.algorithm === "round_robin") return candidates[start];
    let best = candidates[start]!;
    for (const candidate of candidates) if (candidate.inFlight < best.inFlight) best = candidate;
    return best;
  }

  async close(): Promise<void> {
    for (const target of this.targets) {
      this.#targets.delete(target.id);
      target.checking.abort();
      target.drained.resolve();
      await target.pool.destroy().catch(() => {});
    }
  }

  async #keepChecking(target: Target): Promise<void> {
    const { healthCheck } = this.blueprint;
    const { signal } = target.checking;
    while (!signal.aborted) {
      const { failure, broken } = await checkHealth(healthCheck, target.port, signal);
      if (signal.aborted) return;
      target.broken ||= broken;
      this.#judge(target, failure);
      await this.#clock.sleep(healthCheck.interval, signal);
    }
  }

  #judge(target: Target, failure: string | undefined): void {
    const { healthyThreshold, unhealthyThreshold } = this.blueprint.healthCheck;
    target.passes = failure ? 0 : target.passes + 1;
    target.failures = failure ? target.failures + 1 : 0;
    target.reason = failure;
    const passesNeeded = target.health === "initial" ? 1 : healthyThreshold;
    const about = { task: target.id };
    if (target.health !== "healthy" && target.passes >= passesNeeded) {
      this.#log.write(
        "target.healthy",
        "good",
        this.blueprint.address,
        `Target ${target.id} is healthy.`,
        about,
      );
      this.#turnTo(target, "healthy");
    } else if (target.health !== "unhealthy" && target.failures >= unhealthyThreshold) {
      const message = `Target ${target.id} is unhealthy: ${failure}.`;
      this.#log.write("target.unhealthy", "bad", this.blueprint.address, message, about);
      this.#turnTo(target, "unhealthy");
    }
  }

  #turnTo(target: Target, health: TargetHealth): void {
    target.health = health;
    for (const listener of this.#listeners) listener(target);
  }
}
