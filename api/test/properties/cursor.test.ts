import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { Cursors } from "../../src/catalog/cursor.ts";
import { Problem } from "../../src/http/problem.ts";

const cursors = new Cursors(randomBytes(32));
const list = fc.string({ unit: "binary", maxLength: 60 });
const position = fc.record(
  {
    key: fc.oneof(fc.nat(Number.MAX_SAFE_INTEGER), fc.string({ unit: "grapheme", maxLength: 40 })),
    id: fc.nat(Number.MAX_SAFE_INTEGER),
    total: fc.option(
      fc.record(
        { value: fc.nat(), relation: fc.constantFrom("eq" as const, "gte" as const, "about" as const) },
        { noNullPrototype: true },
      ),
      { nil: undefined },
    ),
  },
  { noNullPrototype: true },
);
const refused = (work: () => unknown): void =>
  assert.throws(work, (error) => error instanceof Problem && error.problem === "invalid-cursor");

test("a cursor leads back to exactly the position that it was made from, in characters that need no encoding", () => {
  fc.assert(
    fc.property(list, position, (name, at) => {
      const cursor = cursors.encode(name, at);
      assert.match(cursor, /^[A-Za-z0-9_-]+$/);
      assert.deepEqual(cursors.decode(name, cursor), at);
    }),
    { numRuns: 1_000 },
  );
});

test("a cursor with any character changed, added, left out or moved is refused", () => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/. %\u0000é";
  fc.assert(
    fc.property(
      list,
      position,
      fc.nat(),
      fc.constantFrom(...alphabet),
      fc.nat(3),
      (name, at, place, character, how) => {
        const cursor = cursors.encode(name, at);
        const i = place % cursor.length;
        const [before, from] = [cursor.slice(0, i), cursor.slice(i)];
        const changed = [
          before + character + from.slice(1),
          before + character + from,
          before + from.slice(1),
          from + before,
        ][how]!;
        fc.pre(changed !== cursor);
        refused(() => cursors.decode(name, changed));
      },
    ),
    { numRuns: 2_000 },
  );
});

test("a cursor of another list, of another catalogue, or of nobody is refused", () => {
  const others = new Cursors(randomBytes(32));
  fc.assert(
    fc.property(
      list,
      list,
      position,
      fc.string({ unit: "binary", maxLength: 900 }),
      (one, other, at, text) => {
        const cursor = cursors.encode(one, at);
        if (other !== one) refused(() => cursors.decode(other, cursor));
        refused(() => others.decode(one, cursor));
        refused(() => cursors.decode(one, text));
      },
    ),
    { numRuns: 1_000 },
  );
});
