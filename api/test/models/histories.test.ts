import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "../support/histories/checker.ts";
import type { History, Operation } from "../support/histories/history.ts";

/** The checker of histories is itself seen to find what it is for: each history breaks one promise, and its twin keeps it. */

let clock = 0;
const operation = (of: Partial<Operation>): Operation => {
  const at = of.at ?? ++clock * 10;
  return {
    what: "operation",
    task: 0,
    request: "",
    status: 200,
    outcome: "read",
    stale: false,
    control: "public, max-age=10, s-maxage=30, stale-while-revalidate=30",
    shows: [],
    ...of,
    at,
    until: of.until ?? at + 5,
  };
};
const reads = (version: number, of: Partial<Operation> = {}) =>
  operation({ shows: [{ slug: "p", version }], ...of });
const writes = (name: string, version: number, of: Partial<Operation> = {}) =>
  operation({
    outcome: "done",
    control: "no-store",
    shows: [{ slug: "p", version }],
    wants: [{ slug: "p", name }],
    ...of,
  });
const refused = (type: string, of: Partial<Operation> = {}) =>
  operation({ outcome: "refused", status: 503, problem: `/problems/${type}`, control: "no-store", ...of });

const unknown = (name: string) =>
  refused("outcome-unknown", { outcome: "unknown", wants: [{ slug: "p", name }], at: ++clock * 10 });
const noRead = (detail: string) =>
  operation({ at: ++clock * 10, status: 503, problem: "/problems/database-unavailable", detail });

/** p is "one" in version 1, "two" in 2, "three" in 3. */
const audit = ["one", "two", "three"].map((name, i) => ({ slug: "p", version: i + 1, name, committedAt: i }));
const history = (...operations: Operation[]): History => ({ operations, faults: [], audit });

const twice: History = {
  ...history(writes("two", 2)),
  audit: [...audit, { slug: "p", version: 4, name: "two", committedAt: 4 }],
};
const fault = (at: number, name = "cut") => [{ what: "fault" as const, at, until: at + 1, name, on: 0 }];

const cases: Record<string, { broken: () => History; kept: () => History }> = {
  "what was acknowledged is written": {
    broken: () => history(writes("never", 2)),
    kept: () => history(writes("two", 2)),
  },
  "what was refused is not written": {
    broken: () => history(refused("contention", { wants: [{ slug: "p", name: "two" }] })),
    kept: () => history(refused("contention", { wants: [{ slug: "p", name: "never" }] })),
  },
  "nothing is written twice": { broken: () => twice, kept: () => history(writes("two", 2)) },
  "the answer to a write has its version": {
    broken: () => history(writes("two", 3)),
    kept: () => history(writes("two", 2)),
  },
  "a conditional write follows the version that it names": {
    broken: () => history(writes("three", 3, { wants: [{ slug: "p", name: "three", from: 1 }] })),
    kept: () => history(writes("three", 3, { wants: [{ slug: "p", name: "three", from: 2 }] })),
  },
  "a task never shows a product as it was before": {
    broken: () => history(reads(3), reads(2)),
    kept: () => history(reads(3), reads(2, { task: 1 }), reads(2, { stale: true, control: "s-maxage=0" })),
  },
  "a task shows what it has acknowledged or has seen for a write": {
    broken: () => history(writes("two", 2), operation({ shows: [{ slug: "p", name: "one" }] })),
    kept: () => history(writes("two", 2), operation({ shows: [{ slug: "p", name: "two" }] })),
  },
  "a task shows what it has acknowledged or has seen for a write (a former ETag)": {
    broken: () =>
      history(
        refused("precondition-failed", { status: 412, wants: [{ slug: "p", name: "x", from: 2 }] }),
        reads(2),
      ),
    kept: () =>
      history(
        refused("precondition-failed", { status: 412, wants: [{ slug: "p", name: "x", from: 2 }] }),
        reads(3),
      ),
  },
  "a task shows what it has acknowledged or has seen for a write (a replay)": {
    broken: () => history(writes("two", 2, { outcome: "replayed", shows: [] }), reads(1)),
    kept: () => history(writes("two", 2, { outcome: "replayed", shows: [] }), reads(2)),
  },
  "a task shows what it has acknowledged or has seen for a write (nobody knows whether it was written)": {
    broken: () => ({ ...history(unknown("two"), reads(1)), faults: fault(0) }),
    kept: () => ({ ...history(unknown("never"), reads(1), unknown("two"), reads(2)), faults: fault(0) }),
  },
  "an answer is not older than 5000 ms": {
    broken: () => history(writes("three", 3, { at: 0 }), reads(2, { task: 1, at: 5_100 })),
    kept: () => history(writes("three", 3, { at: 0 }), reads(2, { task: 1, at: 4_900 })),
  },
  "an answer is not older than 5000 ms (whoever has written)": {
    broken: () => history(reads(2, { at: 5_100 })),
    kept: () => history(reads(3, { at: 5_100 })),
  },
  "a price is not older than 5000 ms": {
    broken: () =>
      history(
        operation({ task: -1, outcome: "done", at: 0, shows: [{ slug: "p", price: 7 }] }),
        operation({ task: 1, at: 5_100, shows: [{ slug: "p", price: 6 }] }),
      ),
    kept: () =>
      history(
        operation({ task: -1, outcome: "done", at: 0, shows: [{ slug: "p", price: 7 }] }),
        operation({ task: 1, at: 5_100, shows: [{ slug: "p", price: 7 }] }),
      ),
  },
  "a new word is found by the task that has acknowledged it": {
    broken: () => history(writes("three", 3), operation({ word: "three" })),
    kept: () => history(writes("two", 2), operation({ word: "two" }), writes("three", 3, { at: 1 })),
  },
  "a new word is found by the task that has acknowledged it (until another name is asked for, however often)":
    {
      broken: () => history(writes("two", 2), operation({ word: "two" }), writes("three", 3)),
      kept: () =>
        history(
          writes("two", 2, { at: 0 }),
          operation({ word: "two", at: 20 }),
          writes("three", 3, { at: 10, until: 18 }),
          writes("three", 3, { at: 30, outcome: "replayed", shows: [] }),
        ),
    },
  "a category's name is not older than 5000 ms, and on the task that wrote it not at all": {
    broken: () => history(writes("two", 2, { category: 8, wants: [] }), operation({ category: 7 })),
    kept: () => history(writes("two", 2, { category: 8, wants: [] }), operation({ category: 7, task: 1 })),
  },
  "what is there is shown, or said to be out of reach": {
    broken: () => history(operation({ status: 404, problem: "/problems/not-found" })),
    kept: () =>
      history(operation({ status: 503, problem: "/problems/overloaded" }), operation({ status: 0 })),
  },
  "a good write is not called a mistake": {
    broken: () =>
      history(refused("unprocessable-content", { status: 422, wants: [{ slug: "p", name: "never" }] })),
    // A key that was used for something else.
    kept: () => history(refused("unprocessable-content", { status: 422 })),
  },
  "a read is not refused for want of the writer: a reader lives": {
    broken: () => ({ ...history(noRead("no connection to the database's writer")), faults: fault(0) }),
    kept: () => ({ ...history(noRead("no connection to the database")), faults: fault(0) }),
  },
  "who is told that it has changed was overtaken": {
    broken: () =>
      history(refused("precondition-failed", { status: 412, wants: [{ slug: "p", name: "x", from: 3 }] })),
    kept: () =>
      history(refused("precondition-failed", { status: 412, wants: [{ slug: "p", name: "x", from: 2 }] })),
  },
  "who writes what nobody else writes waits for nobody": {
    broken: () => ({
      ...history(refused("locked", { alone: true, at: 10 })),
      faults: fault(1, "a row is held while keys expire"),
    }),
    kept: () => ({ ...history(refused("locked", { alone: true, at: 10 })), faults: fault(1) }),
  },
  "a refusal is a problem document": {
    broken: () => history(operation({ outcome: "refused", status: 502 })),
    kept: () => history(refused("overloaded")),
  },
  "no fault is a mistake of the server": {
    broken: () => history(refused("internal-error", { status: 500 })),
    kept: () => history(refused("database-timeout")),
  },
  "a refusal names the true reason": {
    broken: () => history(refused("database-unavailable", { at: 0 })),
    kept: () => ({ ...history(refused("database-unavailable", { at: 10 })), faults: fault(1) }),
  },
  "whoever loses a race for a product is told 412": {
    broken: () => history(refused("conflict", { status: 409 })),
    kept: () =>
      history(
        refused("precondition-failed", { status: 412 }),
        refused("conflict", {
          status: 409,
          detail: "a request with this Idempotency-Key is still under way",
        }),
      ),
  },
  "a refusal advises only what the request can do": {
    broken: () => ({
      ...history(refused("outcome-unknown", { at: 10, detail: "repeat it with the same Idempotency-Key" })),
      faults: fault(1),
    }),
    kept: () => ({
      ...history(
        refused("outcome-unknown", {
          at: 10,
          keyed: true,
          detail: "repeat it with the same Idempotency-Key",
        }),
      ),
      faults: fault(1),
    }),
  },
  "what is stale is not kept at the edge as if it were new": {
    broken: () => history(reads(1, { stale: true })),
    kept: () => history(reads(1, { stale: true, control: "public, max-age=0, s-maxage=0" })),
  },
  "the edge keeps nothing for longer than a minute": {
    broken: () => history(reads(1, { control: "s-maxage=30, stale-while-revalidate=300" })),
    kept: () => history(reads(1)),
  },
};

for (const [promise, { broken, kept }] of Object.entries(cases))
  test(`it finds a history that breaks this: ${promise}`, () => {
    const found = new Set(check(broken()).map((violation) => violation.promise));
    assert.deepEqual([...found], [promise.replace(/ \(.*\)$/, "")]);
    assert.deepEqual(check(kept()), []);
  });
