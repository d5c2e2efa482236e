import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Static } from "typebox/type";
import type { BulkResult } from "../../src/writes/schemas.ts";

export interface Target {
  url: string;
  key: string;
  /** The API checks, and writes nothing. */
  dryRun: boolean;
  /** How long to go on trying while the API is away or overloaded. */
  timeoutMs: number;
  /** The importer was told to end: nothing is tried again. */
  signal: AbortSignal;
}

export type Sent = Static<typeof BulkResult>["results"][number];

const NOT_BEGUN = new Set(["/problems/overloaded", "/problems/starting"]);

/** No more rows can be sent. What became of the batch in hand may be unknown. */
export class SendingStopped extends Error {
  override name = "SendingStopped";
  /** Whether rows of the batch may have been written. */
  readonly unsure: boolean;

  constructor(message: string, unsure: boolean) {
    super(message);
    this.unsure = unsure;
  }
}

const ANSWER_MS = 60_000;
const LONGEST_WAIT_S = 30;
/** Statuses that say that this batch is at fault, and not the key, the address or the moment. */
const BATCH_AT_FAULT = new Set([400, 413, 422]);
/** Once may be the moment; a batch that takes too long again is too large. */
const TIMEOUTS_BEFORE_HALVING = 2;

/**
 * Sends rows, each as JSON, to PUT /v1/products:bulk. A batch that is refused as a whole, or takes the database too
 * long again and again, is halved, until the row is alone that is at fault.
 *
 * @param report called once for each row that was answered for, with its place among `rows`
 * @throws SendingStopped when the API stays away, or takes nothing from us; the rows that were not reported are open
 */
export async function sendRows(
  target: Target,
  rows: readonly string[],
  report: (index: number, result: Sent) => void,
): Promise<void> {
  const answer = await sendBatch(target, rows);
  if (Array.isArray(answer)) for (const result of answer) report(result.row, result);
  else if (rows.length === 1) report(0, { row: 0, status: "failed", error: answer.refused });
  else {
    const half = rows.length >> 1;
    await sendRows(target, rows.slice(0, half), report);
    await sendRows(target, rows.slice(half), (index, result) => report(index + half, shifted(result, half)));
  }
}

/** How the API names another row of a batch. */
const OTHER_ROW = /\brow (\d+) of the batch\b/;

const shifted = (result: Sent, by: number): Sent =>
  result.error === undefined
    ? result
    : {
        ...result,
        error: result.error.replace(OTHER_ROW, (_, row) => `row ${Number(row) + by} of the batch`),
      };

/** Says where another row stands in the file. */
export const withLine = (error: string, lineOf: (row: number) => number): string =>
  error.replace(OTHER_ROW, (_, row) => `line ${lineOf(Number(row))}`);

/** While the API cannot take it, the batch is sent again under one idempotency key, so that nothing is done twice. */
async function sendBatch(target: Target, rows: readonly string[]): Promise<Sent[] | { refused: string }> {
  const key = randomUUID();
  const deadline = performance.now() + target.timeoutMs;
  let unsure = false;
  let timeouts = 0;
  for (let attempt = 1; ; attempt++) {
    const answer = await attemptOnce(target, rows, key);
    if ("results" in answer) return answer.results;
    if ("refused" in answer) return answer;
    if (answer.timeout && ++timeouts === TIMEOUTS_BEFORE_HALVING && rows.length > 1)
      return { refused: answer.problem };
    unsure ||= answer.unsure;
    const wait = Math.min(answer.waitS ?? Math.min(attempt, 10), LONGEST_WAIT_S) * 1000;
    if (answer.final || target.signal.aborted || performance.now() + wait > deadline)
      throw new SendingStopped(answer.problem, unsure && !target.dryRun);
    await sleep(wait, undefined, { signal: target.signal }).catch(() => {});
  }
}

type Attempt =
  | { results: Sent[] }
  | { refused: string }
  | { problem: string; final: boolean; unsure: boolean; timeout: boolean; waitS: number | undefined };

async function attemptOnce(
  { url, key, dryRun }: Target,
  rows: readonly string[],
  id: string,
): Promise<Attempt> {
  const address = new URL(`/v1/products:bulk${dryRun ? "?dryRun=true" : ""}`, url);
  let response: Response;
  let text: string;
  try {
    response = await fetch(address, {
      method: "PUT",
      headers: {
        "content-type": "application/x-ndjson",
        "x-api-key": key,
        ...(dryRun ? {} : { "idempotency-key": id }),
      },
      body: rows.join("\n"),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    text = await response.text();
  } catch (error) {
    const { cause, message } = error as Error & { cause?: Error & { code?: string } };
    // Nobody listens there: nothing was sent. All else may have been carried out without its answer having come.
    const refused = cause?.code === "ECONNREFUSED" || cause?.code === "ENOTFOUND";
    const problem = `the API at ${url} did not answer (${cause?.message || cause?.code || message})`;
    return { problem, final: false, unsure: !refused, timeout: false, waitS: undefined };
  }
  return read(response, text, url);
}

function read(response: Response, text: string, url: string): Attempt {
  const { status } = response;
  const body = parse(text);
  if (status === 200 && body && Array.isArray(body.results)) return { results: body.results as Sent[] };
  const detail = body?.detail ?? body?.title ?? (text.slice(0, 200).trim() || response.statusText);
  if (BATCH_AT_FAULT.has(status) && (body !== undefined || status === 413))
    return { refused: status === 413 ? "is too large to be sent" : String(detail) };
  const transient = status >= 500 || status === 429 || status === 409 || status === 408;
  const waitS = Number(response.headers.get("retry-after")) || undefined;
  return {
    problem: transient
      ? `the API at ${url} answered ${status}: ${detail}`
      : explain(status, String(detail), url),
    final: !transient,
    // A request that was shed was not begun; what went wrong later may have been written.
    unsure: status >= 500 && !NOT_BEGUN.has(String(body?.type)),
    timeout: body?.type === "/problems/database-timeout",
    waitS,
  };
}

function explain(status: number, detail: string, url: string): string {
  if (status === 401 || status === 403)
    return `the API at ${url} refused the key (${status}: ${detail}): give one that may write, by --key or API_KEY`;
  return `${url} does not answer as the catalogue API does (${status}: ${detail}): set --url to where it is`;
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
