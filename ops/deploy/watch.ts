/** Looks at ECS while Terraform waits for it: Terraform itself says for twenty minutes only that it waits. */
import { setTimeout as delay } from "node:timers/promises";
import type { Deployment, Task } from "@aws-sdk/client-ecs";
import type { Aws } from "../aws.ts";
import {
  describeService,
  lastLines,
  listTasks,
  primary,
  type ServiceName,
  wasReplaced,
  whyStopped,
} from "./ecs.ts";

export interface WatchOptions {
  readonly aws: Pick<Aws, "ecs" | "logs">;
  readonly name: ServiceName;
  /** Told each new event of the service, and each task that stopped. */
  readonly say: (line: string) => void;
  /** How often ECS is asked. @default 5 s */
  readonly everyMs?: number;
  /** How long a first version may fail before nobody waits any longer. @default 2 minutes */
  readonly timeoutMs?: number;
  /** @default Date.now */
  readonly now?: () => number;
}

/** Why the new version does not start. */
export interface StartFailure {
  readonly reason: string;
  /** ECS goes back to the version before by itself. */
  readonly rollsBack: boolean;
}

export class ServiceWatch {
  readonly #options: Required<WatchOptions>;
  readonly #began: number;
  readonly #seen = new Set<string>();
  #failingSince: number | undefined;
  #reason: string | undefined;
  #obstacle: string | undefined;
  #failure: StartFailure | undefined;

  constructor(options: WatchOptions) {
    this.#options = { everyMs: 5_000, timeoutMs: 120_000, now: Date.now, ...options };
    this.#began = this.#options.now();
  }

  /** The last reason why a task of the new version stopped; what ends with an error is explained by it. */
  get reason(): string | undefined {
    return this.#reason ?? this.#obstacle;
  }

  get failure(): StartFailure | undefined {
    return this.#failure;
  }

  /** Looks until the signal, or until the new version has failed for long enough. @returns the failure, if there is one */
  async run(signal: AbortSignal): Promise<StartFailure | undefined> {
    while (!signal.aborted) {
      try {
        await this.look();
      } catch (error) {
        // Looking is not what the deployment depends on.
        this.#tell(
          `watch ${(error as Error).message}`,
          `ECS could not be asked: ${(error as Error).message}`,
        );
      }
      if (this.#failure) return this.#failure;
      await delay(this.#options.everyMs, undefined, { signal }).catch(() => undefined);
    }
    return undefined;
  }

  /** Asks once. */
  async look(): Promise<void> {
    const { aws, name, now, timeoutMs } = this.#options;
    const service = await describeService(aws, name);
    if (!service) return;
    for (const { id, createdAt, message = "" } of [...(service.events ?? [])].reverse()) {
      if (!createdAt || createdAt.getTime() < this.#began) continue;
      const text = message.replace(/^\(service \S+\) /, "");
      // Where no task was placed, no task can say why.
      if (/\bunable to\b/.test(text)) this.#obstacle = text;
      this.#tell(`event ${id}`, `The service ${text}`);
    }

    const deployment = primary(service);
    const stopped = await listTasks(aws, name, "STOPPED");
    for (const task of stopped) await this.#explain(task, deployment);

    const failed = service.deployments?.find(({ rolloutState }) => rolloutState === "FAILED");
    if (failed) {
      this.#fail(
        failed.rolloutStateReason,
        (service.deployments?.length ?? 0) > 1 || failed.status !== "PRIMARY",
      );
      return;
    }
    // A version that follows another is the circuit breaker's; a first one would be waited for until Terraform gives up.
    const isFirst = (service.deployments?.length ?? 0) <= 1;
    if (!isFirst || !this.#isFailing(deployment)) this.#failingSince = undefined;
    else this.#failingSince ??= now();
    if (this.#failingSince !== undefined && now() - this.#failingSince >= timeoutMs)
      this.#fail(undefined, false);
  }

  /** @param reason ECS's, where it gives one beside the tasks' */
  #fail(reason: string | undefined, rollsBack: boolean): void {
    const reasons = [this.reason, reason].filter(Boolean);
    this.#failure = { reason: reasons.join(" · ") || "tasks of the new version do not stay up", rollsBack };
  }

  /** Tasks have failed or could not be placed, and there are too few. */
  #isFailing({
    rolloutState,
    failedTasks = 0,
    runningCount = 0,
    desiredCount = 0,
  }: Deployment = {}): boolean {
    const obstructed = failedTasks > 0 || this.#reason !== undefined || this.#obstacle !== undefined;
    return rolloutState === "IN_PROGRESS" && obstructed && runningCount < desiredCount;
  }

  async #explain(task: Task, deployment: Deployment | undefined): Promise<void> {
    const isNew = (task.stoppedAt?.getTime() ?? 0) >= this.#began;
    if (!isNew || wasReplaced(task) || task.taskDefinitionArn !== deployment?.taskDefinition) return;
    if (this.#seen.has(`task ${task.taskArn}`)) return;
    const lines = await lastLines(this.#options.aws, this.#options.name, task);
    this.#reason = whyStopped(task);
    this.#tell(
      `task ${task.taskArn}`,
      [`A task stopped. ${this.#reason}`, ...lines.map((line) => `  its log: ${line}`)].join("\n"),
    );
  }

  #tell(key: string, line: string): void {
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#options.say(line);
  }
}
