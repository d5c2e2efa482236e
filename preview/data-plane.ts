/** A preview as the tasks, the targets and the edge of an ECS service: what moto's control plane has nothing of. */
import type { Preview, TaskSnapshot } from "./contract/index.ts";
import { startPreview } from "./start.ts";

const ZONES = ["eu-north-1a", "eu-north-1b"];
/** Enough for a list to have several pages, and little to wait for. */
const PRODUCTS = 500;

export interface PreviewedService {
  readonly name: string;
  readonly taskDefinition: string;
  readonly desired: number;
}

export interface PreviewedStack {
  readonly stackFile: string;
  /** Database and logs of the preview. */
  readonly stateFolder: string;
  /** Values of the stack's secrets by their names, as tasks get them. */
  readonly secrets: () => Promise<Record<string, string>>;
  /** Called with what goes on, a line at a time. */
  readonly say: (line: string) => void;
}

/** A service whose tasks a preview runs, in the shape of the rehearsal's data plane. */
export class PreviewDataPlane {
  readonly #name: string;
  readonly #wanted: number;
  readonly #revisions: { taskDefinition: string; startedAt: Date }[];
  readonly #events: { at: Date; message: string }[] = [];
  #preview: Preview | undefined;
  #failure: string | undefined;
  #stopped = false;

  constructor({ name, taskDefinition, desired }: PreviewedService) {
    this.#name = name;
    this.#wanted = desired;
    this.#revisions = [{ taskDefinition, startedAt: new Date() }];
    this.#say(`has started ${desired} tasks.`);
  }

  /** Starts the preview of the stack; what becomes of it shows in the service's events. */
  async start({ stackFile, stateFolder, secrets, say }: PreviewedStack): Promise<void> {
    say(`'${this.#name}' is made: starting the preview as its tasks, database, balancer and edge`);
    try {
      const options = { stackFile, stateFolder, port: 0, products: PRODUCTS };
      const preview = await startPreview({ ...options, secrets: await secrets() });
      this.#attach(preview);
      say(`'${this.#name}' answers: edge ${preview.edgeUrl}, balancer ${preview.balancerUrl}`);
    } catch (error) {
      this.fail((error as Error).message);
      say(`'${this.#name}' did not start: ${(error as Error).message}`);
    }
  }

  #attach(preview: Preview): void {
    this.#preview = preview;
    if (this.#stopped) void preview.stop({ force: true });
    preview.events.on("event", ({ message }) => this.#say(message));
    this.#say("has reached a steady state.");
  }

  fail(reason: string): void {
    this.#failure = reason;
    this.#say(`was unable to start a task: ${reason}`);
  }

  get desired(): number {
    return this.#preview?.snapshot().service.desired ?? this.#wanted;
  }

  get addresses() {
    return this.#preview && { edge: this.#preview.edgeUrl, balancer: this.#preview.balancerUrl };
  }

  get events() {
    return this.#events;
  }

  get deployments() {
    const shown = this.#preview?.snapshot().service.deployments ?? [];
    return this.#revisions
      .map(({ taskDefinition, startedAt }, index) => {
        const deployment = shown.find(({ revision }) => revision === index + 1);
        const isLast = index === this.#revisions.length - 1;
        const settled = this.#preview && !(isLast && deployment === undefined) ? "COMPLETED" : "IN_PROGRESS";
        const rollout = this.#failure && isLast ? "FAILED" : (deployment?.rollout ?? settled);
        return { taskDefinition, startedAt, rollout, failedTasks: deployment?.failed ?? 0 } as const;
      })
      .reverse();
  }

  get tasks() {
    const first = this.#revisions[0]!;
    if (!this.#preview) {
      const shape = { ...first, capacityProvider: "FARGATE_SPOT", address: "127.0.0.1:1" } as const;
      return Array.from({ length: this.#wanted }, (_, index) => ({
        ...shape,
        id: `starting${index}`,
        zone: ZONES[index % ZONES.length]!,
        health: "initial" as const,
        ...(this.#failure
          ? {
              status: "STOPPED" as const,
              stopped: { at: new Date(), code: "TaskFailedToStart", reason: this.#failure },
            }
          : { status: "PENDING" as const }),
      }));
    }
    return this.#preview.snapshot().tasks.map((task, index) => this.#task(task, index));
  }

  update({ taskDefinition }: { taskDefinition?: string }): void {
    const current = this.#revisions.at(-1)?.taskDefinition;
    if (!taskDefinition || taskDefinition === current) return;
    this.#revisions.push({ taskDefinition, startedAt: new Date() });
    this.#say(`has begun deployment of ${taskDefinition.slice(taskDefinition.lastIndexOf("/") + 1)}.`);
    this.#preview?.deploy({}).catch((error: Error) => this.#say(`deployment failed: ${error.message}`));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#preview?.stop({ force: true });
  }

  #say(message: string): void {
    this.#events.unshift({ at: new Date(), message: `(service ${this.#name}) ${message}` });
  }

  #task(task: TaskSnapshot, index: number) {
    const statuses = { PENDING: "PENDING", STOPPED: "STOPPED" } as const;
    const { taskDefinition } = this.#revisions[task.revision - 1] ?? this.#revisions.at(-1)!;
    return {
      id: task.id,
      status: statuses[task.status as keyof typeof statuses] ?? ("RUNNING" as const),
      health: task.health,
      address: task.address,
      taskDefinition,
      capacityProvider: "FARGATE_SPOT" as const,
      zone: ZONES[index % ZONES.length]!,
      startedAt: new Date(task.startedAt),
      ...(task.stoppedAt && {
        stopped: {
          at: new Date(task.stoppedAt),
          code: "EssentialContainerExited",
          reason: task.reason ?? "Essential container in task exited",
          exitCode: task.exitCode,
        },
      }),
    };
  }
}
