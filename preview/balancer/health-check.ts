/** One health check, as the target group says. */
import { get } from "node:http";
import type { HealthCheck } from "../blueprint/index.ts";

/** Of a target that is not ready yet (RFC 9110, section 15.6.4): it may be so for as long as one that does not listen yet. */
const NOT_READY = 503;

/** `failure` says why the target did not pass, `broken` whether it answered that it does not work. */
export interface HealthVerdict {
  failure: string | undefined;
  broken: boolean;
}

export function checkHealth(check: HealthCheck, port: number, signal: AbortSignal): Promise<HealthVerdict> {
  const asked = `health check GET ${check.path}`;
  return new Promise((resolve) => {
    const request = get({
      host: "127.0.0.1",
      port,
      path: check.path,
      agent: false, // a new connection each time, so that a target that stopped listening is noticed
      // Not sped up with the stack's clock: how long an answer takes is the task's own affair.
      timeout: check.timeout * 1000,
      signal,
      headers: { "user-agent": "ELB-HealthChecker/2.0", connection: "close" },
    });
    request.on("response", (response) => {
      response.resume();
      const status = response.statusCode!;
      const passed = matches(check.matcher, status);
      resolve({
        failure: passed ? undefined : `${asked} answered ${status}, not ${check.matcher}`,
        broken: !passed && status !== NOT_READY,
      });
    });
    request.on("timeout", () => request.destroy(new Error(`no answer within ${check.timeout} s`)));
    request.on("error", (error: NodeJS.ErrnoException) => {
      const reason = error.code === "ECONNREFUSED" ? "nothing listens on the port" : error.message;
      resolve({ failure: `${asked} failed: ${reason}`, broken: false });
    });
  });
}

/** @param matcher status codes and ranges, e.g. `200`, `200,302` or `200-299`. */
export function matches(matcher: string, status: number): boolean {
  return matcher.split(",").some((part) => {
    const [from, to = from] = part.split("-").map(Number);
    return status >= from! && status <= to!;
  });
}
