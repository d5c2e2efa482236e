import assert from "node:assert/strict";
import { syncBuiltinESMExports } from "node:module";
import type { TestContext } from "node:test";

export const STEP_MS = 50;

/** Mocked time: `performance.now` and the timers of a test go on in steps of STEP_MS, when it says so. */
export class MockTime {
  /** Milliseconds. */
  now = 0;
  readonly #test: TestContext;
  readonly #mostSteps: number;

  /** @param mostSteps after which what is waited for does not end */
  constructor(test: TestContext, mostSteps: number) {
    this.#test = test;
    this.#mostSteps = mostSteps;
    test.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
    syncBuiltinESMExports();
    test.mock.method(performance, "now", () => this.now);
  }

  /** Goes on until it is so, and lets what waits have its turns in between. */
  async pass(done: () => boolean): Promise<void> {
    for (let steps = 0; !done(); steps++) {
      assert.ok(steps < this.#mostSteps, "it does not end");
      for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
      if (done()) return;
      this.now += STEP_MS;
      this.#test.mock.timers.tick(STEP_MS);
    }
  }

  /** Gives back the time, and whatever else the test has mocked. */
  end(): void {
    this.#test.mock.reset();
    this.#test.mock.timers.reset();
    syncBuiltinESMExports();
  }
}
