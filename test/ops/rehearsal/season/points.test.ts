import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { changes } from "../../../../ops/rehearsal/season/change-counter.ts";
import { COMMANDS, drawPoints, mayEndWith, WAYS } from "../../../../ops/rehearsal/season/points.ts";

const recordOf = (calls: readonly number[]) =>
  new Map(COMMANDS.map((command, index) => [command, calls[index]!] as const));
const anyRecord = fc.array(fc.integer({ min: 1, max: 1000 }), {
  minLength: COMMANDS.length,
  maxLength: COMMANDS.length,
});
const seeds = fc.integer({ min: 1, max: 2 ** 31 - 1 });

describe("the points at which commands are cut short", () => {
  it("lie within the calls of each command, one in each part of them, for every seed", () => {
    fc.assert(
      fc.property(anyRecord, fc.integer({ min: 1, max: 60 }), seeds, (calls, least, seed) => {
        const record = recordOf(calls);
        const rounds = drawPoints(record, least, seed);
        assert.ok(rounds.flat().length >= least);
        for (const [round, points] of rounds.entries()) {
          assert.deepEqual(
            points.map(({ command }) => command),
            [...COMMANDS],
          );
          for (const { command, change } of points) {
            const part = record.get(command)! / rounds.length;
            assert.ok(change >= 1 && change <= record.get(command)!);
            assert.ok(change >= Math.floor(round * part) + 1 && change <= Math.floor((round + 1) * part) + 1);
          }
        }
      }),
    );
  });

  it("are the same for the same seed, and others for others", () => {
    const record = recordOf([350, 5, 12, 4, 200]);
    assert.deepEqual(drawPoints(record, 20, 7), drawPoints(record, 20, 7));
    assert.notDeepEqual(drawPoints(record, 20, 7), drawPoints(record, 20, 8));
  });

  it("are met in every way, and each command in every way by 20 of them", () => {
    const points = drawPoints(recordOf([350, 5, 12, 4, 200]), 20, 1).flat();
    for (const command of COMMANDS)
      assert.deepEqual(
        points.flatMap((point) => (point.command === command ? [point.way] : [])).sort(),
        Object.keys(WAYS).sort(),
      );
  });

  it("excuse no command that fails by itself", () => {
    for (const [way, { code }] of Object.entries(WAYS)) {
      assert.deepEqual(mayEndWith(way, "before the signal"), [0], way);
      assert.deepEqual(mayEndWith(way, "by it"), [code, 0], way);
      assert.ok(!mayEndWith(way, "by it").includes(1), way);
    }
  });
});

describe("the calls that count as a change", () => {
  for (const [method, operation, counts] of [
    ["POST", "CreateVpc", true],
    ["POST", "PutItem", true],
    ["PUT", "PUT /states/catalog-api/prod/terraform.tfstate", true],
    ["DELETE", "DELETE /bucket", true],
    ["POST", "DescribeVpcs", false],
    ["POST", "GetItem", false],
    ["POST", "ListTasks", false],
    ["POST", "BatchGetImage", false],
    ["GET", "GET /bucket", false],
    ["HEAD", "HEAD /bucket/key", false],
  ] as const)
    it(`${operation}: ${counts}`, () => assert.equal(changes({ method, operation }), counts));
});
