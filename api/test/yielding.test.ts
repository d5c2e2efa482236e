import assert from "node:assert/strict";
import { test } from "node:test";
import { mapYielding } from "../src/yielding.ts";

const work = (ms: number) => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

test("what others have to do comes between the items of long work, whose results keep their order", async () => {
  const items = Array.from({ length: 20 }, (_, i) => i);
  let others = 0;
  let over = false;
  const other = () => {
    others++;
    if (!over) setImmediate(other);
  };
  setImmediate(other);
  const results = await mapYielding(items, (item, index) => {
    work(3);
    return [item, index];
  });
  over = true;
  assert.deepEqual(
    results,
    items.map((item) => [item, item]),
  );
  assert.ok(others >= items.length - 1, `others had ${others} turns`);
});

test("an error ends the work", async () => {
  const done: number[] = [];
  const failing = mapYielding([1, 2, 3], (item) => {
    if (item === 2) throw new Error("two");
    done.push(item);
  });
  await assert.rejects(failing, /two/);
  assert.deepEqual(done, [1]);
});
