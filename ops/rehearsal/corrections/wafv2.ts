/** WAF (awsJson): what a web ACL keeps out of its log. */
import { isOk, json, withBody } from "../call.ts";
import type { Correction } from "./correction.ts";

interface Sent {
  readonly Id?: string;
  readonly DataProtectionConfig?: unknown;
}

/** moto drops a web ACL's data protection, on creation and on update, and so reports none. */
export function wafv2(): Correction[] {
  const protections = new Map<string, unknown>();
  const service = "wafv2";
  return [
    {
      service,
      operations: ["CreateWebACL", "UpdateWebACL"],
      async answer(call, forward) {
        const answer = await forward();
        if (!isOk(answer)) return answer;
        const { Id, DataProtectionConfig } = json<Sent>(call);
        protections.set(Id ?? json<{ Summary: { Id: string } }>(answer).Summary.Id, DataProtectionConfig);
        return answer;
      },
    },
    {
      service,
      operations: ["GetWebACL"],
      async answer(_, forward) {
        const answer = await forward();
        if (!isOk(answer)) return answer;
        const shown = json<{ WebACL: { Id: string } }>(answer);
        const DataProtectionConfig = protections.get(shown.WebACL.Id);
        return withBody(
          answer,
          JSON.stringify({ ...shown, WebACL: { ...shown.WebACL, DataProtectionConfig } }),
        );
      },
    },
  ];
}
