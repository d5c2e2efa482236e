import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import * as Type from "typebox/type";
import { cleanValue } from "../catalog/text.ts";
import { statement } from "../database/connection.ts";
import type { WriteTime } from "../database/write-time.ts";
import type { Transaction } from "../database/writer.ts";
import { Problem } from "../http/problem.ts";
import { digestOf } from "../plugins/bodies.ts";
import { type Answer, idempotent } from "../writes/idempotency.ts";
import { recentTags, type Subject } from "../writes/recent.ts";

/** Headers of every request that writes. */
export const WriteHeaders = Type.Object({
  "idempotency-key": Type.Optional(
    Type.String({
      pattern: "^[\\x21-\\x7e]{1,255}$",
      description:
        "1 to 255 printable characters, chosen by the client. For a day, the same request with the same key gets the first answer and writes nothing (`idempotency-replayed: true`); another request with it is refused.",
    }),
  ),
});

/** For what no key can do that may write prices alone. @throws {Problem} forbidden */
export function requireMore({ key }: FastifyRequest): void {
  if (key.scope === "prices")
    throw new Problem(
      "forbidden",
      `the API key ${key.name} may change prices and sales alone (scope prices): use a key of scope catalogue or all`,
    );
}

const WRITER = statement("SELECT set_config('catalog.writer', $1::text, true)");

/** Says who writes: triggers keep it in `product_states.writer` and `product_tombstones.writer`. */
export const sign = (tx: Transaction, { key }: FastifyRequest): Promise<unknown> =>
  tx.query(WRITER, [key.name]);

/** Hook for bodies that are one value: texts are kept as `cleanText` makes them. */
export async function cleanBody(request: FastifyRequest): Promise<void> {
  const { value, mistake } = cleanValue(request.body);
  if (mistake?.clash) throw new Problem("unprocessable-content", mistake.error);
  if (mistake !== undefined) {
    const at = `body/${mistake.member.replaceAll(/\[(\d+)\]/g, "/$1").replaceAll(".", "/")}`.replace(
      /\/$/,
      "",
    );
    throw new Problem("invalid-request", mistake.error, {
      extensions: { errors: [{ at, message: mistake.error }] },
    });
  }
  request.body = value;
}

/**
 * Whether the answer may have a validator: not when what a PUT sent has been completed, or else its sender takes it for what is
 * kept (RFC 9110, section 9.3.4).
 */
export const isKeptAsSent = ({ method, bodyDigest }: FastifyRequest, answer: string): boolean =>
  method !== "PUT" || bodyDigest === digestOf(answer);

export interface Write {
  /** What is asked for, in any form that is the same for a repeat and for nothing else. */
  request: unknown;
  /** What it is about. */
  subject: Subject;
  /** Everything is carried out and rolled back: no other way finds what only the database refuses. Keys are ignored. @default false */
  dryRun?: boolean;
  /** Of the request, see Writer.time. @default that of a write that is no batch, from now on */
  time?: WriteTime;
  work: (tx: Transaction) => Promise<Answer>;
}

/**
 * Carries a write out and answers it. All that can fail happens before the COMMIT: after it the answer is only sent. What the
 * task has learnt from the database, be it by a refusal, its cache knows before the client does; and what may have been written,
 * since the answer to its COMMIT was lost, counts as written there: who is told to read it again must not get what was before.
 */
export async function carryOut(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  { request: asked, subject, time, dryRun = false, work }: Write,
): Promise<FastifyReply> {
  const key = dryRun ? undefined : (request.headers["idempotency-key"] as string | undefined);
  /** What the last attempt has found changed, or has changed itself: should nobody know of its COMMIT, it may be so. */
  let seen: string[] = [];
  const attempt = async (tx: Transaction) => {
    await sign(tx, request);
    try {
      const answer = await work(tx);
      if (dryRun) throw new DryRun(answer);
      return answer;
    } catch (error) {
      if (error instanceof Problem) seen = await recentTags(tx, subject);
      throw error;
    }
  };
  const transact = async (tx: Transaction) => {
    seen = [];
    const answer =
      key === undefined
        ? await attempt(tx)
        : await idempotent(tx, { client: request.client, key, request: asked }, () => attempt(tx));
    seen = answer.tags;
    return answer;
  };
  try {
    const answer = await app.database.transaction(transact, time).catch(rolledBack);
    app.catalogChanged(answer.tags);
    reply.code(answer.status).headers({
      ...answer.headers,
      "cache-control": "no-store",
      "x-request-id": request.id,
      ...(answer.replayed ? { "idempotency-replayed": "true" } : {}),
    });
    if (answer.body === "") return reply.send();
    return reply.type("application/json; charset=utf-8").send(answer.body);
  } catch (error) {
    app.catalogChanged(seen);
    throw error;
  }
}

class DryRun extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super("dry run");
    this.answer = answer;
  }
}

function rolledBack(error: unknown): Answer {
  if (error instanceof DryRun) return { ...error.answer, tags: [] };
  throw error;
}
