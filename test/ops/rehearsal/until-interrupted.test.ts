import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { untilInterrupted } from "../../../ops/rehearsal/until-interrupted.ts";

describe("work until it is interrupted", () => {
  const setUp = () => {
    const controller = new AbortController();
    const resources = new AsyncDisposableStack();
    const disposed: string[] = [];
    resources.defer(async () => {
      await Promise.resolve();
      disposed.push("gone");
    });
    return { controller, resources, disposed };
  };

  it("gives what it resolves to, with nothing left", async () => {
    const { controller, resources, disposed } = setUp();
    assert.equal(await untilInterrupted(controller.signal, resources, async () => 7), 7);
    assert.deepEqual(disposed, ["gone"]);
  });

  it("fails as it fails by itself, with nothing left", async () => {
    const { controller, resources, disposed } = setUp();
    const failing = untilInterrupted(controller.signal, resources, async () => {
      throw new Error("by itself");
    });
    await assert.rejects(failing, /by itself/);
    assert.deepEqual(disposed, ["gone"]);
  });

  it("ends at once when it is told, with the signal's reason, and only when all is gone", async () => {
    const { controller, resources, disposed } = setUp();
    const ending = untilInterrupted(controller.signal, resources, () => {
      controller.abort(new Error("Ctrl-C"));
      return new Promise<never>(() => {}); // work that nothing ends
    });
    await assert.rejects(ending, /Ctrl-C/);
    assert.deepEqual(disposed, ["gone"]);
  });

  it("says that it was interrupted, whatever fails because of it", async () => {
    const { controller, resources } = setUp();
    const ending = untilInterrupted(controller.signal, resources, async () => {
      controller.abort(new Error("Ctrl-C"));
      throw new Error("lost what it stood on");
    });
    await assert.rejects(ending, /Ctrl-C/);
  });

  it("does not begin when it was told before", async () => {
    const { controller, resources, disposed } = setUp();
    controller.abort(new Error("Ctrl-C"));
    let begun = false;
    const ending = untilInterrupted(controller.signal, resources, async () => {
      begun = true;
    });
    // Who listens too late hears no abort: the reason is thrown all the same.
    await assert.rejects(ending, /Ctrl-C/);
    assert.deepEqual([begun, disposed], [false, ["gone"]]);
  });
});
