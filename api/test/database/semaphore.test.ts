import assert from "node:assert/strict";
import { test } from "node:test";
import { Semaphore } from "../../src/database/semaphore.ts";

test("so many work at once; the others follow in the order in which they came", async () => {
  const permits = new Semaphore(2);
  const log: string[] = [];
  const work = async (name: string) => {
    assert.ok(await permits.acquire(60_000));
    log.push(`${name} begins`);
    await new Promise(setImmediate);
    log.push(`${name} ends`);
    permits.release();
  };
  await Promise.all(["a", "b", "c", "d"].map(work));
  assert.deepEqual(log.slice(0, 2), ["a begins", "b begins"]);
  assert.ok(log.indexOf("c begins") > log.indexOf("a ends"));
  assert.ok(log.indexOf("d begins") > log.indexOf("c begins"));
  let running = 0;
  for (const line of log) {
    running += line.endsWith("begins") ? 1 : -1;
    assert.ok(running <= 2, log.join());
  }
});

test("whoever has timed out takes nobody's permit", async () => {
  const permits = new Semaphore(1);
  assert.ok(await permits.acquire(0));
  const patient = permits.acquire(60_000);
  assert.equal(await permits.acquire(10), false);
  permits.release();
  assert.ok(await patient);
  permits.release();
  assert.ok(await permits.acquire(0));
});
