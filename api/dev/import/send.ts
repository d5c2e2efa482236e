import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../../cli/user-error.ts";

export interface BulkResult {
  created: number;
  updated: number;
  unchanged: number;
  failed: number;
  results: { row: number; status: string; error?: string }[];
}

const ATTEMPTS = 8;
const LONGEST_WAIT_S = 30;

/**
 * Sends one batch to PUT /v1/products:bulk. While the API sheds load or cannot be reached it waits and tries again,
 * under one idempotency key, so that nothing is written twice.
 *
 * @throws {UserError} when the key is refused, or the API stays away.
 */
export async function sendBatch(url: string, apiKey: string, rows: unknown[]): Promise<BulkResult> {
  const key = randomUUID();
  let problem = "";
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const response = await fetch(new URL("/v1/products:bulk", url), {
      method: "PUT",
      headers: { "content-type": "application/x-ndjson", "x-api-key": apiKey, "idempotency-key": key },
      body: rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
    }).catch((error: Error & { cause?: Error }) => {
      problem = error.cause?.message ?? error.message;
    });
    if (response?.ok) return (await response.json()) as BulkResult;
    if (response) {
      const { title, detail } = (await response.json().catch(() => ({}))) as {
        title?: string;
        detail?: string;
      };
      problem = `${response.status} ${detail ?? title ?? response.statusText}`;
      if (response.status < 500 && response.status !== 429 && response.status !== 409) break;
    }
    if (attempt === ATTEMPTS) break;
    const wanted = Number(response?.headers.get("retry-after")) || attempt;
    await sleep(Math.min(wanted, LONGEST_WAIT_S) * 1000);
  }
  throw new UserError(
    `${url} did not take the rows: ${problem}. Start the API with bin/catalog api, or set --url and --key.`,
  );
}
