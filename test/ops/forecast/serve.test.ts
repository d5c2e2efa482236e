import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Demand } from "../../../ops/forecast/demand.ts";
import { serve } from "../../../ops/forecast/serve.ts";

const demand = fc
  .record({
    edge: fc.double({ min: 0, max: 1e6, noNaN: true }),
    hits: fc.double({ min: 0, max: 1e5, noNaN: true }),
    misses: fc.double({ min: 0, max: 1e5, noNaN: true }),
    hitCpu: fc.double({ min: 1e-6, max: 1e-4, noNaN: true }),
    missCpu: fc.double({ min: 1e-5, max: 1e-1, noNaN: true }),
    databaseCpu: fc.double({ min: 0, max: 1e-1, noNaN: true }),
    refusalCpu: fc.double({ min: 1e-6, max: 1e-4, noNaN: true }),
  })
  .map(({ edge, ...rest }): Demand => ({ requests: edge + rest.hits + rest.misses, ...rest }));
const capacity = fc.record({
  tasks: fc.integer({ min: 0, max: 50 }),
  taskCpus: fc.double({ min: 0.25, max: 4, noNaN: true }),
  databaseCpus: fc.integer({ min: 1, max: 16 }),
});
/** What rounding may make of sums. */
const slack = ({ requests }: Demand) => 1e-9 * (1 + requests);

test("each request is answered, shed or failed, and no part is busier than it can be", () => {
  fc.assert(
    fc.property(demand, capacity, (asked, having) => {
      const { answered, shed, failed, taskCpu, database } = serve(asked, having);
      for (const part of [answered, shed, failed]) assert.ok(part >= -slack(asked), String(part));
      assert.ok(Math.abs(answered + shed + failed - asked.requests) <= slack(asked));
      assert.ok(taskCpu <= having.tasks * having.taskCpus * (1 + 1e-9));
      assert.ok(database <= 1 + 1e-9 && database >= -1e-9, String(database));
    }),
    { numRuns: 2_000 },
  );
});

test("more tasks, and more processors of the database, never refuse more of the same", () => {
  const refused = (asked: Demand, having: Parameters<typeof serve>[1]) => {
    const { shed, failed } = serve(asked, having);
    return shed + failed;
  };
  fc.assert(
    fc.property(demand, capacity, (asked, having) => {
      const now = refused(asked, having) + slack(asked);
      assert.ok(refused(asked, { ...having, tasks: having.tasks + 1 }) <= now);
      assert.ok(refused(asked, { ...having, databaseCpus: having.databaseCpus + 1 }) <= now);
      assert.ok(refused({ ...asked, missCpu: asked.missCpu / 2 }, having) <= now + slack(asked));
    }),
    { numRuns: 2_000 },
  );
});

const MISSES = {
  requests: 100,
  hits: 0,
  misses: 100,
  hitCpu: 1e-5,
  missCpu: 0.01,
  databaseCpu: 0,
  refusalCpu: 0,
};

test("half of what can be done is half busy, and twice of it is answered by half", () => {
  const half = serve({ ...MISSES, missCpu: 0.005 }, { tasks: 1, taskCpus: 1, databaseCpus: 1 });
  assert.deepEqual([half.taskCpu, half.shed, half.failed], [0.5, 0, 0]);
  // Above 98 % it sheds what costs it nothing to refuse.
  const twice = serve({ ...MISSES, missCpu: 0.02 }, { tasks: 1, taskCpus: 1, databaseCpus: 1 });
  assert.ok(Math.abs(twice.shed - 51) < 1e-9, String(twice.shed));
  const database = serve(
    { ...MISSES, missCpu: 1e-6, databaseCpu: 0.04 },
    { tasks: 1, taskCpus: 1, databaseCpus: 2 },
  );
  assert.ok(Math.abs(database.shed - 50) < 1e-9, String(database.shed));
  assert.ok(Math.abs(database.database - 1) < 1e-9);
});

test("without a task all but the edge's answers fail; a task that cannot even refuse fails what it has no time for", () => {
  assert.equal(serve({ ...MISSES, requests: 150 }, { tasks: 0, taskCpus: 1, databaseCpus: 1 }).answered, 50);
  const flooded = serve(
    { ...MISSES, refusalCpu: 0.02, missCpu: 0.1 },
    { tasks: 1, taskCpus: 1, databaseCpus: 1 },
  );
  assert.ok(Math.abs(flooded.failed - 50) < 1, String(flooded.failed));
});

test("one that waits in a queue with one server waits as M/M/1 says", () => {
  const { mean, p99 } = serve({ ...MISSES, missCpu: 0.008 }, { tasks: 1, taskCpus: 1, databaseCpus: 1 });
  assert.ok(Math.abs(mean - 0.008 / (1 - 0.8)) < 1e-9, String(mean));
  assert.ok(Math.abs(p99 / mean - Math.log(100)) < 1e-9);
});
