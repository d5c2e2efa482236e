import assert from "node:assert/strict";
import type { ApiResponse, Call } from "../../../ops/rehearsal/call.ts";
import { applies } from "../../../ops/rehearsal/corrections/correction.ts";
import { corrections } from "../../../ops/rehearsal/corrections/corrections.ts";

export const answer = (body: string | object, status = 200): ApiResponse => ({
  status,
  headers: {},
  body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
});

/** Sends calls through one set of corrections, with moto's answers as given. */
export function gateway() {
  const all = corrections();
  return async (
    call: Partial<Call> & Pick<Call, "service" | "operation">,
    moto: ApiResponse = answer("moto was not asked", 500),
  ) => {
    const whole: Call = {
      region: "eu-north-1",
      method: "POST",
      path: "/",
      headers: {},
      body: Buffer.alloc(0),
      ...call,
    };
    const forwarded: Call[] = [];
    const correction = all.find((candidate) => applies(candidate, whole));
    assert.ok(correction, `nothing corrects ${whole.service} ${whole.operation}`);
    const result = await correction.answer(whole, async (changed = whole) => {
      forwarded.push(changed);
      return moto;
    });
    return { body: result.body.toString(), result, forwarded };
  };
}

export const query = (parameters: Record<string, string>) =>
  Buffer.from(new URLSearchParams(parameters).toString());
export const input = (value: object) => Buffer.from(JSON.stringify(value));
