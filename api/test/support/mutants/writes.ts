import type { Mutant } from "./mutant.ts";

const ANSWERS = "faults/answers.test.ts";
const RACES = "faults/races.test.ts";
const WRITE_TIME = "models/write-time.test.ts";
const IN_TIME = "a write is answered in the time of its request, and what was refused is not written later";

/** The checker judges no times: a machine that is busy may take any. */
const TIME = "it makes answers late, and none wrong: seen on a clock that is told the time";

/** Of what a write answers, what it holds and for how long. */
export const WRITES: Readonly<Record<string, Mutant>> = {
  "query-after-commit": {
    what: "A statement stands between COMMIT and the answer: what was written is refused",
    edits: [
      {
        file: "routes/writing.ts",
        from: "    app.catalogChanged(answer.tags);",
        to: "    app.catalogChanged(answer.tags);\n    await app.database.transaction((tx) => tx.query(statement('SELECT FROM categories'), []));",
      },
    ],
    test: [ANSWERS, "whatever table somebody holds, an answer of 2xx was committed, and no other was"],
    histories: ["cut", "categories are held", "backends ended"],
  },
  "keys-forgotten-inside": {
    what: "Old keys are deleted inside a batch: every other batch with a key waits for it",
    edits: [
      {
        file: "writes/idempotency.ts",
        from: "  if (!(await claim(",
        to: "  await tx.query(statement(\"DELETE FROM idempotency_keys WHERE created_at < now() - interval '1 day'\"), []);\n  if (!(await claim(",
      },
    ],
    test: ["idempotency.test.ts", "expired keys hold nobody up"],
    histories: ["a row is held while keys expire"],
  },
  "contention-as-away": {
    what: "Transactions that were in each other's way are told that the database is away",
    edits: [
      {
        file: "database/writer.ts",
        from: "if (met && (performance.now() > retryUntil || time.forStatements === 0))\n          throw new DatabaseContention(",
        to: "if (met && attempt === 3)\n          throw new DatabaseUnavailable(",
      },
      {
        file: "database/writer.ts",
        from: "        if (met) await sleep(",
        to: "        if (attempt < 0) await sleep(",
      },
    ],
    test: [ANSWERS, "each reason has its own problem, whenever it shows"],
    histories: ["clock jumps"],
  },
  "advice-for-all": {
    what: "A refusal advises to repeat the request with its key where it had none",
    edits: [
      {
        file: "plugins/errors.ts",
        from: `headers["idempotency-key"] === undefined`,
        to: "headers === undefined",
      },
    ],
    test: [
      ANSWERS,
      "when the answer to COMMIT is lost, the refusal says so, and advises only what was offered",
    ],
    histories: ["answer to COMMIT lost"],
  },
  "race-as-conflict": {
    what: "Who loses a race to make a product is told of a conflict with it, and not that it is there",
    edits: [
      {
        file: "writes/product-checks.ts",
        from: "if (!stored && owner === slug) throw",
        to: "if (stored && owner === slug) throw",
      },
    ],
    test: [RACES, "who finds a product that was made since it looked for it hears that it is there"],
    histories: ["clock jumps"],
  },
  "words-unprepared": {
    what: "Two batches with the same new words wait for each other in a circle: each derives them in two statements",
    edits: [
      {
        file: "writes/store.ts",
        from: "await tx.query(PREPARE_WORDS",
        to: "if (tx === undefined) await tx.query(PREPARE_WORDS",
      },
    ],
    test: [RACES, "batches with the same new words, crosswise, never wait for each other in a circle"],
    histories: ["clock jumps"],
  },
  "lines-unseen": {
    what: "Two bodies that differ in a line that is no row are one request to an Idempotency-Key",
    edits: [
      {
        file: "routes/bulk.ts",
        from: `request: ["products:bulk", atomic, request.bodyDigest]`,
        to: `request: ["products:bulk", atomic, rows.map(({ row }) => row ?? null)]`,
      },
    ],
    test: ["idempotency.test.ts", "batch: a repeat with the same key gets the first answer"],
    histories: ["clock jumps"],
  },
  "time-anew": {
    what: "A write that is tried again gets its time anew",
    edits: [
      {
        file: "database/writer.ts",
        from: "return await this.#attempt(work, time);",
        to: "return await this.#attempt(work, this.time(time.long ? 20_000 : undefined));",
      },
    ],
    test: [WRITE_TIME, IN_TIME],
    histories: { unseen: TIME },
  },
  "commit-without-time": {
    what: "A COMMIT is begun that would have to be given up: nobody knows what became of it",
    edits: [{ file: "database/writer.ts", from: "      time.checkCommit();\n", to: "" }],
    test: [WRITE_TIME, IN_TIME],
    histories: { unseen: TIME },
  },
  "statement-without-time": {
    what: "A statement is begun that would have to be given up",
    edits: [
      {
        file: "database/writer.ts",
        from: "            time.checkStatement();\n            if (mayTake()",
        to: "            if (mayTake()",
      },
    ],
    test: [WRITE_TIME, IN_TIME],
    histories: { unseen: TIME },
  },
  "tried-for-ever": {
    what: "A transaction that meets others is tried again until its time is over",
    edits: [{ file: "database/writer.ts", from: "performance.now() > retryUntil || ", to: "" }],
    test: [WRITE_TIME, "a transaction that always meets others is given up after five seconds, and says why"],
    histories: { unseen: TIME },
  },
  "told-once": {
    what: "A server that stands still when it is told how much time is left works by what it was told",
    edits: [
      {
        file: "database/writer.ts",
        from: "await run({ text: `SET LOCAL statement_timeout = ${told}` }, Math.min(told, statementTimeoutMs));\n          }",
        to: "await run({ text: `SET LOCAL statement_timeout = ${told}` }, Math.min(told, statementTimeoutMs));\n            break;\n          }",
      },
    ],
    test: [WRITE_TIME, IN_TIME],
    histories: { unseen: TIME },
  },
  "server-untold": {
    what: "The server is not told how much time is left, and works on for nobody",
    edits: [
      {
        file: "database/writer.ts",
        from: "if (mayTake() >= RETOLD * told) break;",
        to: "if (mayTake() >= 0) break;",
      },
    ],
    test: [WRITE_TIME, IN_TIME],
    histories: { unseen: TIME },
  },
};
