import { createHash } from "node:crypto";
import { statement } from "../database/connection.ts";
import type { Database } from "../database/database.ts";
import { isRowTimeout } from "../database/errors.ts";
import type { Transaction } from "../database/writer.ts";
import { Problem } from "../http/problem.ts";
import { WriteConflict } from "./store.ts";

/**
 * Waits for a transaction that has the same key and is still running. A key is remembered for a day, longer than any client goes
 * on repeating; an older one is free.
 */
const CLAIM = statement(`
  INSERT INTO idempotency_keys AS k (client, key, fingerprint, status, body) VALUES ($1, $2, decode($3, 'hex'), 0, '')
  ON CONFLICT (client, key) DO UPDATE
    SET fingerprint = excluded.fingerprint, created_at = excluded.created_at
    WHERE k.created_at < now() - interval '1 day'
  RETURNING key`);
const RECALL = statement(`
  SELECT fingerprint = decode($3, 'hex'), status, headers::text, body, array_to_json(tags)
  FROM idempotency_keys WHERE client = $1 AND key = $2`);
const USED = statement(`
  SELECT FROM idempotency_keys WHERE client = $1 AND key = $2 AND created_at >= now() - interval '1 day'`);
const REMEMBER = statement(`
  UPDATE idempotency_keys SET status = $3, headers = $4::jsonb, body = $5, tags = $6::text[] WHERE client = $1 AND key = $2`);
/** By itself, a part at a time, and past whatever somebody works with: nobody waits for it, and it waits for nobody. */
const FORGET = statement(`
  DELETE FROM idempotency_keys WHERE (client, key) IN (
    SELECT client, key FROM idempotency_keys WHERE created_at < now() - interval '1 day'
    LIMIT 500 FOR UPDATE SKIP LOCKED)
  RETURNING true`);

export interface IdempotencyKey {
  /** Which API key is used: two clients may use the same value. */
  client: string;
  key: string;
  /** What is asked for, in any form that is the same for a repeat. */
  request: unknown;
}

/** The answer to a write. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** Cache tags of what it has changed, or of what it has found changed. */
  tags: string[];
  /** It is that of an earlier request with the same key. */
  replayed?: boolean;
}

/**
 * Does the work once for each key: the answer is committed with what was written, and a repeat gets it back (the IETF draft
 * "The Idempotency-Key HTTP Header Field"). A failure is not remembered: nothing was written, and the repeat may succeed.
 */
export async function idempotent(
  tx: Transaction,
  { client, key, request }: IdempotencyKey,
  work: () => Promise<Answer>,
): Promise<Answer> {
  const fingerprint = createHash("sha256").update(JSON.stringify(request)).digest("hex");
  if (!(await claim(tx, [client, key, fingerprint]))) {
    const [row] = await tx.query(RECALL, [client, key, fingerprint]);
    // Its day was over just now.
    if (!row) throw new WriteConflict("the key was forgotten meanwhile");
    const [same, status, headers, body, tags] = row as [boolean, number, string, string, string];
    if (!same)
      throw new Problem("unprocessable-content", "this Idempotency-Key was used for another request");
    return { status, headers: JSON.parse(headers), body, tags: JSON.parse(tags), replayed: true };
  }
  const answer = await work();
  const { status, headers, body, tags } = answer;
  await tx.query(REMEMBER, [client, key, status, JSON.stringify(headers), body, tags]);
  return answer;
}

/** Whether a request with the key has been answered: one that is more than its last transaction has nothing to do before that. */
export async function isUsed(
  tx: Transaction,
  { client, key }: Pick<IdempotencyKey, "client" | "key">,
): Promise<boolean> {
  return (await tx.query(USED, [client, key])).length > 0;
}

async function claim(tx: Transaction, values: unknown[]): Promise<boolean> {
  try {
    return (await tx.query(CLAIM, values)).length > 0;
  } catch (error) {
    if (!isRowTimeout(error)) throw error;
    throw new Problem("conflict", "a request with this Idempotency-Key is still being carried out", {
      headers: { "retry-after": "2" },
      cause: error,
    });
  }
}

/** Deletes the keys that are older than a day. */
export async function forgetKeys(database: Pick<Database, "transaction">): Promise<void> {
  while ((await database.transaction((tx) => tx.query(FORGET, []))).length > 0);
}
