import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { changes } from "../../../../ops/rehearsal/season/change-counter.ts";
import {
  COMMANDS,
  drawPoints,
  GIVEN_UP,
  mayEndWith,
  numbered,
  type Point,
  runsTerraform,
  WAYS,
} from "../../../../ops/rehearsal/season/points.ts";

const recordOf = (calls: readonly number[]) =>
  new Map(COMMANDS.map(({ name }, index) => [name, calls[index]!] as const));
const anyRecord = fc.array(fc.integer({ min: 1, max: 1000 }), {
  minLength: COMMANDS.length,
  maxLength: COMMANDS.length,
});
const seeds = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const least = fc.integer({ min: 1, max: 60 });
const lineUp = (rounds: readonly (readonly Point[])[]) =>
  rounds.map((points) => points.map(({ command }) => command));

describe("the points at which commands are cut short", () => {
  it("are as many of commands that apply or destroy as were asked for, in rounds from nothing to nothing", () => {
    fc.assert(
      fc.property(anyRecord, least, seeds, (calls, wanted, seed) => {
        const rounds = lineUp(drawPoints(recordOf(calls), wanted, seed));
        assert.ok(rounds.flat().filter(runsTerraform).length >= wanted);
        assert.ok(rounds.slice(0, -1).flat().filter(runsTerraform).length < wanted);
        for (const [index, commands] of rounds.entries())
          assert.deepEqual(commands, index % 5 === 0 ? COMMANDS : GIVEN_UP);
      }),
    );
  });

  it("lie within the calls of each command, one in each part of them, for every seed", () => {
    fc.assert(
      fc.property(anyRecord, least, seeds, (calls, wanted, seed) => {
        const record = recordOf(calls);
        const points = drawPoints(record, wanted, seed).flat();
        for (const { name } of COMMANDS.filter((each) => each.name !== "destroy")) {
          const changes = points
            .flatMap(({ command, change }) => (command.name === name ? [change] : []))
            .sort((a, b) => a - b);
          const part = record.get(name)! / changes.length;
          for (const [index, change] of changes.entries()) {
            assert.ok(change >= 1 && change <= record.get(name)!);
            assert.ok(change >= Math.floor(index * part) + 1 && change <= Math.floor((index + 1) * part) + 1);
          }
        }
      }),
    );
  });

  it("of a destroy lie within what a deployment that was given up can have made", () => {
    fc.assert(
      fc.property(anyRecord, least, seeds, (calls, wanted, seed) => {
        const record = recordOf(calls);
        const [made, gone] = [record.get("deploy")!, record.get("destroy")!];
        for (const [deployed, destroyed] of drawPoints(record, wanted, seed).filter(
          ({ length }) => length === 2,
        ))
          assert.ok(destroyed!.change <= Math.floor((deployed!.change / made) * gone) + 1);
      }),
    );
  });

  it("are the same for the same seed, and others for others", () => {
    const record = recordOf([350, 5, 12, 4, 200]);
    assert.deepEqual(drawPoints(record, 20, 7), drawPoints(record, 20, 7));
    assert.notDeepEqual(drawPoints(record, 20, 7), drawPoints(record, 20, 8));
  });

  it("are gone on with from the beginning of the round that holds a point, under the same numbers", () => {
    fc.assert(
      fc.property(anyRecord, least, seeds, fc.nat(), (calls, wanted, seed, at) => {
        const rounds = drawPoints(recordOf(calls), wanted, seed);
        const all = numbered(rounds);
        assert.deepEqual(
          all.map(({ number }) => number),
          all.map((_, index) => index + 1),
        );
        const from = 1 + (at % all.length);
        const rest = numbered(rounds, from);
        assert.deepEqual(rest, all.slice(-rest.length));
        const first = rest[0]!.number;
        assert.ok(first <= from);
        const begins = rounds.map((_, index) => 1 + rounds.slice(0, index).flat().length);
        assert.equal(first, begins.filter((begin) => begin <= from).at(-1));
      }),
    );
  });

  it("are met in every way: by 20 of them deploy and destroy in each", () => {
    const points = drawPoints(recordOf([350, 5, 12, 4, 200]), 20, 1).flat();
    for (const name of ["deploy", "destroy"])
      assert.deepEqual(
        new Set(points.flatMap(({ command, way }) => (command.name === name ? [way] : []))),
        new Set(Object.keys(WAYS)),
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
