import { createHash } from "node:crypto";
import { statement } from "../database/connection.ts";
import { isStatementTimeout } from "../database/errors.ts";
import type { Transaction } from "../database/writer.ts";
import { Problem } from "../http/problem.ts";

/** A key is remembered for a day: longer than any client goes on repeating. */
const FORGET = statement("DELETE FROM idempotency_keys WHERE created_at < now() - interval '1 day'");
/** Waits for a transaction that has the same key and is still running. */
const CLAIM = statement(`
  INSERT INTO idempotency_keys (client, key, fingerprint, status, body) VALUES ($1, $2, decode($3, 'hex'), 0, '')
  ON CONFLICT DO NOTHING RETURNING key`);
const RECALL = statement(`
  SELECT fingerprint = decode($3, 'hex'), status, body FROM idempotency_keys WHERE client = $1 AND key = $2`);
const REMEMBER = statement(
  "UPDATE idempotency_keys SET status = $3, body = $4 WHERE client = $1 AND key = $2",
);

export interface IdempotencyKey {
  /** Which API key is used: two clients may use the same value. */
  client: string;
  key: string;
  /** What is asked for, in any form that is the same for a repeat. */
  request: unknown;
}

export interface Answer {
  status: number;
  body: string;
  replayed: boolean;
}

/**
 * Does the work once for each key: the answer is committed with what was written, and a repeat gets it back (the IETF draft
 * "The Idempotency-Key HTTP Header Field"). A failure is not remembered: nothing was written, and the repeat may succeed.
 */
export async function once(
  tx: Transaction,
  { client, key, request }: IdempotencyKey,
  work: () => Promise<Omit<Answer, "replayed">>,
): Promise<Answer> {
  const fingerprint = createHash("sha256").update(JSON.stringify(request)).digest("hex");
  await tx.query(FORGET, []);
  if (!(await claim(tx, [client, key, fingerprint]))) {
    const [[same, status, body] = []] = await tx.query(RECALL, [client, key, fingerprint]);
    if (!same)
      throw new Problem("unprocessable-content", "this Idempotency-Key was used for another request");
    return { status: status as number, body: body as string, replayed: true };
  }
  const answer = await work();
  await tx.query(REMEMBER, [client, key, answer.status, answer.body]);
  return { ...answer, replayed: false };
}

async function claim(tx: Transaction, values: unknown[]): Promise<boolean> {
  try {
    return (await tx.query(CLAIM, values)).length > 0;
  } catch (error) {
    if (!isStatementTimeout(error)) throw error;
    throw new Problem("conflict", "a request with this Idempotency-Key is still being carried out", {
      headers: { "retry-after": "2" },
    });
  }
}
