import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { runAll } from "../../../../ops/rehearsal/changes/run-all.ts";

const { signal } = new AbortController();

describe("work that goes on past failures", () => {
  it("carries out every task once, no more at a time than it may, and tells which failed", async () => {
    const tasks = fc.array(fc.boolean(), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(tasks, fc.integer({ min: 1, max: 4 }), async (failing, concurrency) => {
        const ran: string[] = [];
        let running = 0;
        const failures = await runAll(
          failing.map((fails, index) => ({
            name: `task ${index}`,
            run: async () => {
              running++;
              assert.ok(running <= concurrency);
              await undefined;
              ran.push(`task ${index}`);
              running--;
              if (fails) throw new Error(`of ${index}`);
            },
          })),
          { concurrency, makeContext: async () => undefined, signal },
        );
        const all = failing.map((fails, index) => ({ fails, name: `task ${index}` }));
        assert.deepEqual(ran.toSorted(), all.map(({ name }) => name).toSorted());
        assert.deepEqual(
          failures.map(({ name, error }) => `${name} ${(error as Error).message}`).toSorted(),
          all.flatMap(({ fails, name }) => (fails ? [`${name} of ${name.slice(5)}`] : [])).toSorted(),
        );
      }),
    );
  });

  it("keeps a context until a task has failed in it", async () => {
    let made = 0;
    const used: number[] = [];
    const run = (fails: boolean) => async (context: number) => {
      used.push(context);
      if (fails) throw new Error("not as it shall be");
    };
    const tasks = [false, false, true, false, true].map((fails, index) => ({
      name: String(index),
      run: run(fails),
    }));
    await runAll(tasks, { concurrency: 1, makeContext: async () => ++made, signal });
    assert.deepEqual([used, made], [[1, 1, 1, 2, 2], 2]);
  });

  it("makes a context anew after a task that uses it up", async () => {
    const used: number[] = [];
    let made = 0;
    const tasks = [false, true, false].map((usesUp, index) => ({
      name: String(index),
      usesUp,
      run: async (context: number) => used.push(context),
    }));
    await runAll(tasks, { concurrency: 1, makeContext: async () => ++made, signal });
    assert.deepEqual(used, [1, 1, 2]);
  });

  it("counts a context that cannot be made as the failure of the task that needed it", async () => {
    let tries = 0;
    const failures = await runAll(
      ["one", "two"].map((name) => ({ name, run: async () => undefined })),
      {
        concurrency: 1,
        makeContext: async () => {
          if (++tries === 1) throw new Error("no room");
        },
        signal,
      },
    );
    assert.deepEqual(
      failures.map(({ name }) => name),
      ["one"],
    );
  });

  it("begins nothing more once it is told to stop, and calls what was stopped no failure", async () => {
    const stopping = new AbortController();
    const ran: string[] = [];
    const tasks = ["one", "two"].map((name) => ({
      name,
      run: async () => {
        ran.push(name);
        stopping.abort(new Error("told to stop"));
        throw new Error("its Terraform was ended");
      },
    }));
    await assert.rejects(
      runAll(tasks, { concurrency: 1, makeContext: async () => undefined, signal: stopping.signal }),
      /told to stop/,
    );
    assert.deepEqual(ran, ["one"]);
  });
});
