/** The preview as the data plane of the rehearsal's AWS API: what ECS, the balancer and the edge say is what it does. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GetSecretValueCommand, paginateListSecrets } from "@aws-sdk/client-secrets-manager";
import type { Aws } from "../ops/aws.ts";
import { all } from "../ops/inventory/item.ts";
import type {
  DataPlane,
  PlaneDeployment,
  PlaneTask,
  StartDataPlane,
} from "../ops/rehearsal/data-plane/data-plane.ts";
import type { Preview, TaskSnapshot } from "../preview/contract/index.ts";
import { startPreview } from "../preview/start.ts";

const PROJECT = join(import.meta.dirname, "..");
const ZONES = ["eu-north-1a", "eu-north-1b"];
/** Enough for a list to have several pages, and little to wait for. */
const PRODUCTS = 500;

export interface PreviewPlanes {
  /** Databases and logs of the previews. */
  readonly folder: string;
  /** Called with what goes on, a line at a time. */
  readonly say: (line: string) => void;
  /** Values of an environment's secrets by their names, as tasks get them. */
  readonly secrets: (suffix: string) => Promise<Record<string, string>>;
}

/** The secrets that the local API holds: who asks it for a write key gets the one that the tasks take. */
export const secretsIn =
  ({ secrets }: Pick<Aws, "secrets">) =>
  async (suffix: string) => {
    const listed = await all(paginateListSecrets({ client: secrets }, {}), (page) => page.SecretList);
    const names = listed.flatMap(({ Name = "" }) =>
      Name.replace(/-v\d+$/, "").endsWith(`-${suffix}`) ? [Name] : [],
    );
    const values = await Promise.all(
      names.map(async (SecretId) => {
        const { SecretString = "" } = await secrets.send(new GetSecretValueCommand({ SecretId }));
        return [SecretId, SecretString] as const;
      }),
    );
    return Object.fromEntries(values);
  };

/** Starts a preview of the stack that was applied, as `deploy` or `synth` has left it on this machine. */
export function previewPlanes({ folder, say, secrets }: PreviewPlanes): StartDataPlane {
  return ({ name, suffix, taskDefinition, desired }) => {
    const plane = new PreviewPlane({ name, taskDefinition, desired });
    const stackFile = findStack(name, suffix);
    if (!stackFile) {
      plane.fail(`the synthesised stack of '${suffix}' is not in .catalog or cdktf.out on this machine`);
      return plane;
    }
    say(`'${suffix}' is applied: starting the preview as its tasks, database, balancer and edge`);
    const start = async () =>
      startPreview({
        ...{ stackFile, stateFolder: join(folder, suffix), port: 0, products: PRODUCTS },
        secrets: await secrets(suffix),
      });
    start().then(
      (preview) => {
        plane.attach(preview);
        say(`'${suffix}' answers: edge ${preview.edgeUrl}, balancer ${preview.balancerUrl}`);
      },
      (error: Error) => {
        plane.fail(error.message);
        say(`'${suffix}' did not start: ${error.message}`);
      },
    );
    return plane;
  };
}

/** The stack that has the service, of those that commands write here. */
function findStack(service: string, suffix: string): string | undefined {
  const candidates = [join(".catalog", suffix), join("cdktf.out", "stacks", "TapStack")].map((folder) =>
    join(PROJECT, folder, "cdk.tf.json"),
  );
  return candidates.find((file) => existsSync(file) && readFileSync(file, "utf8").includes(`"${service}"`));
}

interface ServiceOptions {
  readonly name: string;
  readonly taskDefinition: string;
  readonly desired: number;
}

class PreviewPlane implements DataPlane {
  readonly #name: string;
  readonly #wanted: number;
  readonly #revisions: { taskDefinition: string; startedAt: Date }[];
  readonly #events: { at: Date; message: string }[] = [];
  #preview: Preview | undefined;
  #failure: string | undefined;
  #stopped = false;

  constructor({ name, taskDefinition, desired }: ServiceOptions) {
    this.#name = name;
    this.#wanted = desired;
    this.#revisions = [{ taskDefinition, startedAt: new Date() }];
    this.#say(`has started ${desired} tasks.`);
  }

  attach(preview: Preview): void {
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

  get deployments(): PlaneDeployment[] {
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

  get tasks(): PlaneTask[] {
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

  #task(task: TaskSnapshot, index: number): PlaneTask {
    const statuses = { PENDING: "PENDING", STOPPED: "STOPPED" } as const;
    const { taskDefinition } = this.#revisions[task.revision - 1] ?? this.#revisions.at(-1)!;
    return {
      id: task.id,
      status: statuses[task.status as keyof typeof statuses] ?? "RUNNING",
      health: task.health,
      address: task.address,
      taskDefinition,
      capacityProvider: "FARGATE_SPOT",
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
