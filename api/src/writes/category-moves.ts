import { statement } from "../database/connection.ts";
import type { Database } from "../database/database.ts";
import type { Transaction } from "../database/writer.ts";

const STEP = 200;
/** A task that is at it already is left alone: this one has nothing to do. */
const NEXT = statement(
  "SELECT category_id, done_to FROM category_moves ORDER BY category_id LIMIT 1 FOR UPDATE SKIP LOCKED",
);
const FOLLOW = statement("SELECT catalog_follow($1::text, $2::bigint, $3::integer)");
const NOTE = statement("UPDATE category_moves SET done_to = $2::bigint WHERE category_id = $1::text");
const DONE = statement("DELETE FROM category_moves WHERE category_id = $1::text");

/** Lets some products follow their category, from an id on. */
export async function followMove(
  tx: Transaction,
  category: string,
  after: number,
  most: number,
): Promise<void> {
  const [[last] = [null]] = await tx.query(FOLLOW, [category, after, most]);
  await (last === null ? tx.query(DONE, [category]) : tx.query(NOTE, [category, last]));
}

/**
 * Lets products follow the categories that were moved, in steps of some hundred milliseconds, so that nobody waits behind them
 * for long. Any number of tasks may do so at once.
 *
 * @param goOn asked before each step
 */
export async function followMoves(database: Database, goOn: () => boolean): Promise<void> {
  let more = true;
  while (more && goOn()) {
    more = await database.transaction(async (tx) => {
      const [move] = await tx.query(NEXT, []);
      if (move) await followMove(tx, move[0] as string, move[1] as number, STEP);
      return move !== undefined;
    });
  }
}
