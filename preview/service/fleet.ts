/** All services of the stack: the one that customers are served by, and those that stand by for it. */
import type { TaskDefinitionChange, TaskSnapshot } from "../contract/index.ts";
import type { Service } from "./service.ts";
import type { Task } from "./task.ts";

export class Fleet {
  readonly first: Service;
  readonly standby: readonly Service[];

  constructor(first: Service, standby: readonly Service[]) {
    this.first = first;
    this.standby = standby;
  }

  get all(): readonly Service[] {
    return [this.first, ...this.standby];
  }

  get desired(): number {
    return this.all.reduce((sum, { desired }) => sum + desired, 0);
  }

  get tasks(): Task[] {
    return this.all.flatMap(({ tasks }) => tasks);
  }

  get running(): Task[] {
    return this.all.flatMap(({ running }) => running);
  }

  taskSnapshots(): TaskSnapshot[] {
    return this.all.flatMap((service) => service.taskSnapshots());
  }

  /** Rolls out on the first service, and where that succeeds on the others, as Terraform does it. */
  async deploy(change: TaskDefinitionChange): ReturnType<Service["deploy"]> {
    const outcome = await this.first.deploy(change);
    if (outcome.rollout === "COMPLETED") for (const service of this.standby) await service.deploy(change);
    return outcome;
  }

  /** From now on Spot gives no task, or gives them again; those that run stay. */
  set spotWithheld(withheld: boolean) {
    for (const service of this.all) service.spotWithheld = withheld;
  }

  async close(timeoutSeconds?: number): Promise<void> {
    await Promise.all(this.all.map((service) => service.close(timeoutSeconds)));
  }

  kill(): void {
    for (const service of this.all) service.kill();
  }
}
