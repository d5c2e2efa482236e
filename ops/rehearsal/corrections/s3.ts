/** S3 (restXml): bucket policies. */
import { type Call, isOk, json, withBody } from "../call.ts";
import type { Correction } from "./correction.ts";

interface Policy {
  Statement: { Effect: string; Condition?: unknown }[];
}

/**
 * moto applies a bucket policy without looking at its conditions: a statement that denies what comes over plain HTTP
 * denies everything. moto gets the policy without conditional denials; whoever reads the policy gets all of it.
 */
export function s3(): Correction[] {
  const policies = new Map<string, string>();
  return [
    {
      service: "s3",
      operations: /^(GET|PUT|DELETE) \/[^/]+\/?$/,
      async answer(call, forward) {
        const bucket = policyOf(call);
        if (bucket === undefined) return forward();
        if (call.method === "PUT") {
          const answer = await forward({ ...call, body: withoutConditionalDenials(call) });
          if (isOk(answer)) policies.set(bucket, call.body.toString());
          return answer;
        }
        const answer = await forward();
        if (call.method === "DELETE" && isOk(answer)) policies.delete(bucket);
        const policy = policies.get(bucket);
        return call.method === "GET" && isOk(answer) && policy !== undefined
          ? withBody(answer, policy)
          : answer;
      },
    },
  ];
}

/** The bucket whose policy the call is about, if it is about one. */
function policyOf({ path }: Call): string | undefined {
  const url = new URL(path, "http://localhost");
  return url.searchParams.has("policy") ? url.pathname.split("/")[1] : undefined;
}

function withoutConditionalDenials(call: Call): Buffer {
  const policy = json<Policy>(call);
  const Statement = policy.Statement.filter(({ Effect, Condition }) => !(Effect === "Deny" && Condition));
  return Buffer.from(JSON.stringify({ ...policy, Statement }));
}
