import { setTimeout as sleep } from "node:timers/promises";
import type { Operation } from "./history.ts";
import { Sender } from "./sender.ts";
import { WORKLOADS, type Workload } from "./workloads.ts";
import type { World } from "./world.ts";

/** Beyond the prices that there are. */
let next = 1_000;

/** Concurrent clients; what each does follows from a number that all draw from. */
export class Clients {
  readonly #sender: Sender;
  #stopped = false;
  #failure: { error: unknown } | undefined;
  #running: Promise<void>[] = [];

  constructor(world: World) {
    this.#sender = new Sender(world);
  }

  get operations(): Operation[] {
    return this.#sender.operations;
  }

  start(): void {
    const keepOn = async (workload: Workload, client: number) => {
      while (!this.#stopped) {
        await workload(this.#sender, next++, client);
        await sleep(4);
      }
    };
    this.#running = WORKLOADS.map((workload, client) =>
      keepOn(workload, client).catch((error) => {
        this.#failure = { error };
        this.#stopped = true;
      }),
    );
  }

  /** @throws what a client could not make sense of. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
    if (this.#failure) throw this.#failure.error;
  }
}
