import type { StopOptions } from "./contract/index.ts";

/** What has to be stopped, last come first gone. */
export class Shutdown {
  readonly #steps: ((how: StopOptions) => unknown)[] = [];
  readonly #hurries: (() => void)[] = [];
  #running: Promise<void> | undefined;

  /** @param hurry cuts the step short, before or while it runs. */
  add(step: (how: StopOptions) => unknown, hurry?: () => void): void {
    this.#steps.push(step);
    if (hurry) this.#hurries.push(hurry);
  }

  run(how: StopOptions = {}): Promise<void> {
    if (how.force) for (const hurry of this.#hurries) hurry();
    this.#running ??= (async () => {
      for (let step = this.#steps.pop(); step; step = this.#steps.pop()) await step(how);
    })();
    return this.#running;
  }
}
