import assert from "node:assert/strict";
import { test } from "node:test";
import { Freshness } from "../../src/cache/freshness.ts";
import { type Row, statement } from "../../src/database/connection.ts";
import { Deadline } from "../../src/database/deadline.ts";
import { DatabaseOverloaded, DatabaseUnavailable } from "../../src/database/errors.ts";
import type { ReadPool } from "../../src/database/read-pool.ts";
import { Sessions } from "../../src/database/session.ts";

/** What a source does: answers, says that it has not come so far, or fails. */
type Behaviour = "answers" | "is behind" | Error;
const ASKED = statement("SELECT 1");
const overloaded = new DatabaseOverloaded("too much to do");
const away = new DatabaseUnavailable("away");

const asker = () => ({ epoch: 0, client: "", deadline: new Deadline(60_000, () => new Error("too late")) });

/** @returns what a read gives, and how often the reader was asked for rows. */
async function read(reader: Behaviour, position: Behaviour, writer: Behaviour) {
  let asked = 0;
  const act = async (behaviour: Behaviour, rows: Row[]): Promise<Row[]> => {
    if (behaviour instanceof Error) throw behaviour;
    return rows;
  };
  const pool = {
    query: () => {
      asked++;
      return act(reader, [["reader"]]);
    },
    queryAt: async () => {
      asked++;
      return reader === "is behind" ? undefined : act(reader, [["reader"]]);
    },
  } as unknown as ReadPool;
  const sessions = new Sessions({
    points: pool,
    searches: pool,
    writer: { query: () => act(position, [[7]]), read: () => act(writer, [["writer"]]) },
    replicated: true,
    freshness: new Freshness(60_000),
  });
  const session = sessions.open(asker());
  const got = await session.read(ASKED, []).then(
    ([row]) => (session.behind ? `${row?.[0]}, behind` : row?.[0]),
    (error) => error,
  );
  return { got, asked };
}

test("a reader that has too much to do, or is away, is not asked once more", async () => {
  for (const failure of [overloaded, away])
    assert.deepEqual(await read(failure, "answers", "answers"), { got: failure, asked: 1 });
});

test("a reader answers in the writer's place, and says that it may be behind", async () => {
  for (const failure of [overloaded, away]) {
    assert.deepEqual(await read("answers", failure, "answers"), { got: "reader, behind", asked: 1 });
    assert.equal((await read("is behind", "answers", failure)).got, "reader, behind");
  }
  assert.equal((await read("is behind", "answers", "answers")).got, "writer");
  const mistake = new Error("a mistake");
  assert.equal((await read("answers", mistake, "answers")).got, mistake);
  assert.equal((await read("is behind", "answers", mistake)).got, mistake);
});

test("a writer that stands still is waited for once, for a second; the reader answers everybody meanwhile", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let now = 0;
  t.mock.method(performance, "now", () => now);
  const asked: PromiseWithResolvers<Row[]>[] = [];
  const pool = { query: async () => [["reader"]], queryAt: async () => [["reader"]] } as unknown as ReadPool;
  const sessions = new Sessions({
    points: pool,
    searches: pool,
    writer: {
      query: () => {
        const question = Promise.withResolvers<Row[]>();
        asked.push(question);
        return question.promise;
      },
      read: async () => [["writer"]],
    },
    replicated: true,
    freshness: new Freshness(60_000),
  });
  const answer = async () => {
    const session = sessions.open(asker());
    const [row] = await session.read(ASKED, []);
    return session.behind ? `${row?.[0]}, behind` : row?.[0];
  };
  const turn = () => new Promise(setImmediate);
  const first = answer();
  await turn();
  now = 1_001;
  t.mock.timers.tick(1_001);
  assert.equal(await first, "reader, behind");
  for (now = 1_100; now < 7_000; now += 100) assert.equal(await answer(), "reader, behind");
  assert.equal(asked.length, 1, "it has one question to answer, however many ask");
  asked[0]!.reject(away);
  await turn();
  const next = answer();
  await turn();
  asked[1]!.resolve([[7]]);
  assert.equal(await next, "reader");
});
