import type { Mutant } from "./mutant.ts";

const FRESHNESS = "faults/freshness.test.ts";
const ANSWERS = "faults/answers.test.ts";
const HELD_BACK =
  "while the writer is away a reader that is behind answers, says so, and nothing of it is kept";
const SEEN = "what a task has seen in the database for a write, its next answers show";

/** Of what is answered from what is kept, and by whom. */
export const READS: Readonly<Record<string, Mutant>> = {
  "slots-lost": {
    what: "After a stall of the database a connection that was taken out of use is never replaced: searches are gone for ever",
    edits: [
      {
        file: "database/kept-connection.ts",
        from: "      takeOut();\n      retired.resolve();",
        to: "      takeOut();",
      },
    ],
    test: [
      "models/read-pool.test.ts",
      "a server that stands still for longer than a statement may take costs no connection for good",
    ],
    histories: ["database stands still for long", "silent connections to the reader"],
  },
  "words-of-any-reader": {
    what: "Words are looked up at a reader that is behind: a new one is not found for as long as anything is kept",
    edits: [
      {
        file: "database/session.ts",
        from: "    const position = await this.#position(epoch)",
        to: "    if (slow) return { rows: await pool.query(statement, values, asking), source };\n    const position = await this.#position(epoch)",
      },
    ],
    test: [FRESHNESS, "after a new name every read shows it"],
    histories: ["replica stands still"],
  },
  "tree-untold": {
    what: "After a gap in the notifications categories have their former names: one of two things that are kept is not told",
    edits: [
      {
        file: "catalog/categories.ts",
        from: "  #kept: Kept | undefined;",
        to: "  #kept: Kept | undefined;\n  changed = false;",
      },
      {
        file: "catalog/categories.ts",
        from: "if (!this.#kept || !this.#freshness.isFresh(this.#kept.stamp, TAGS)) this.#kept = this.#load();",
        to: "if (!this.#kept || this.changed) this.#kept = this.#load();\n    this.changed = false;",
      },
      {
        file: "plugins/db.ts",
        from: "(tags: readonly string[]) => app.freshness.changed(tags)",
        to: "(tags: readonly string[]) => {\n      categories.changed ||= tags.includes('*');\n      app.freshness.changed(tags);\n    }",
      },
    ],
    test: [
      "faults/cache.test.ts",
      "categories that change in a gap of the notifications are shown everywhere once it is over",
    ],
    histories: ["cut", "silent notifications", "backends ended"],
  },
  "edge-for-long": {
    what: "The edge may serve for minutes what a write has made obsolete",
    edits: [{ file: "plugins/cache.ts", from: "const EDGE_SECONDS = 60;", to: "const EDGE_SECONDS = 330;" }],
    test: [FRESHNESS, "what the edge may serve is at most a minute old"],
    histories: ["clock jumps"],
  },
  "replay-untold": {
    what: "A task that has repeated an answer goes on serving what was before it",
    edits: [
      { file: "writes/idempotency.ts", from: "tags: JSON.parse(tags), replayed", to: "tags: [], replayed" },
    ],
    test: [FRESHNESS, SEEN],
    histories: ["silent notifications"],
  },
  "same-untold": {
    what: "A task that has found a change made already goes on serving what was before it",
    edits: [
      {
        file: "writes/product.ts",
        from: "tags: await recentTags(tx, { ids: [stored.id] })",
        to: "tags: []",
      },
    ],
    test: [FRESHNESS, SEEN],
    histories: ["silent notifications"],
  },
  "refusal-untold": {
    what: "A task that has answered 412 hands out the same former ETag again",
    edits: [
      {
        file: "routes/writing.ts",
        from: "if (error instanceof Problem) seen = await recentTags(tx, subject);",
        to: "",
      },
    ],
    test: [FRESHNESS, SEEN],
    histories: ["silent notifications"],
  },
  "unknown-untold": {
    what: "Who reads again what may have been written gets what was before",
    edits: [{ file: "routes/writing.ts", from: "    seen = answer.tags;\n", to: "" }],
    test: [ANSWERS, "who reads again what may have been written gets what is so"],
    histories: ["answers to COMMIT lost unheard"],
  },
  "reader-unused": {
    what: "While the writer is away reads fail though a reader lives",
    edits: [
      {
        file: "database/session.ts",
        from: "await this.#position(epoch).catch(withoutWriter)",
        to: "await this.#position(epoch)",
      },
    ],
    test: [FRESHNESS, HELD_BACK],
    histories: ["cut", "silent connections"],
  },
  "behind-unsaid": {
    what: "What a reader that is behind has answered does not say so, and is kept as if it were complete",
    edits: [
      {
        file: "database/session.ts",
        from: `    if (source === "reader that is behind") this.markBehind();\n`,
        to: "",
      },
    ],
    test: [FRESHNESS, HELD_BACK],
    histories: ["cut", "silent connections"],
  },
  "variants-untold": {
    what: "Nobody is told of variants that are written by SQL",
    edits: [
      {
        file: "migrate.ts",
        from: `const sql = await readFile(new URL(name, directory), "utf8");`,
        to: `const sql = (await readFile(new URL(name, directory), "utf8")).replace(/CREATE TRIGGER variants_updated AFTER UPDATE ON variants[^;]*;/, "");`,
      },
    ],
    test: [FRESHNESS, "after a price by SQL every read shows it"],
    histories: ["clock jumps"],
  },
  "silence-unnoticed": {
    what: "A connection for notifications that has gone silent is trusted for twelve seconds",
    edits: [
      { file: "cache/freshness.ts", from: "const HEARD_MS = 4_000;", to: "const HEARD_MS = 12_000;" },
      {
        file: "database/listener.ts",
        from: "const HEARTBEAT_MS = 2_000;",
        to: "const HEARTBEAT_MS = 5_000;",
      },
      {
        file: "database/listener.ts",
        from: "const HEARTBEAT_TIMEOUT_MS = 2_000;",
        to: "const HEARTBEAT_TIMEOUT_MS = 7_000;",
      },
    ],
    test: [
      "cache/response-cache.test.ts",
      "nobody is trusted to have heard of everything for longer than 4 s",
    ],
    histories: ["silent notifications"],
  },
  "read-only-heard": {
    what: "The connection for notifications stays with a writer that is closed for writing",
    edits: [
      {
        file: "database/listener.ts",
        from: "NOT (pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean)",
        to: "NOT pg_is_in_recovery()",
      },
    ],
    test: [FRESHNESS, "a writer that is closed for writing sends no notifications, and is not listened to"],
    histories: {
      unseen:
        'not in fifty seconds under "former writer lives on": perhaps since each task writes much itself, which tells it',
    },
  },
  "stale-as-new": {
    what: "The edge may keep as new what was served for want of better",
    edits: [
      {
        file: "plugins/cache.ts",
        from: `outcome === "stale" ? STALE : controlOf(response), outcome);`,
        to: "controlOf(response), outcome);",
      },
    ],
    test: [FRESHNESS, HELD_BACK],
    histories: ["cut", "silent connections"],
  },
};
