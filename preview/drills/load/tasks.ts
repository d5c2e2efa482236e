/** Requests straight to single tasks, past edge and balancer: what each of them knows is seen nowhere else. */
import { Agent, type Dispatcher } from "undici";
import type { Snapshot } from "../../contract/index.ts";

export interface TaskResponse {
  /** In milliseconds since the epoch. */
  sentAt: number;
  doneAt: number;
  /** Undefined when no answer came in time. */
  status: number | undefined;
  /** What was known before, since nothing better could be had. */
  stale: boolean;
  body: string;
}

/** Longer than whatever a task may take. */
const TIMEOUT_MS = 20_000;
const agent = new Agent({ headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS, keepAliveTimeout: 1_000 });

let visitors = 0;

export async function askTask(
  address: string,
  path: string,
  {
    method = "GET",
    headers = {},
    body = null,
  }: Partial<Omit<Dispatcher.RequestOptions, "headers">> & {
    headers?: Record<string, string>;
  } = {},
): Promise<TaskResponse> {
  // Each from a visitor of its own: the API limits what one may ask for.
  const visitor = `10.${(++visitors >> 16) & 255}.${(visitors >> 8) & 255}.${visitors & 255}`;
  const sentAt = Date.now();
  try {
    const response = await agent.request({
      origin: `http://${address}`,
      path,
      method,
      headers: { ...headers, "x-forwarded-for": visitor },
      body,
    });
    const text = await response.body.text();
    const stale = String(response.headers["cache-status"]).includes("detail=stale");
    return { sentAt, doneAt: Date.now(), status: response.statusCode, stale, body: text };
  } catch {
    return { sentAt, doneAt: Date.now(), status: undefined, stale: false, body: "" };
  }
}

export function runningTasks({ tasks }: Snapshot): string[] {
  return tasks.filter(({ status }) => status === "RUNNING").map(({ address }) => address);
}

export const succeeded = ({ status }: Pick<TaskResponse, "status">): boolean =>
  status !== undefined && status < 400;
