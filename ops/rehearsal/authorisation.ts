/** IAM for one environment's Terraform: calls that the deployer's policy does not allow are refused, as AWS refuses them. */

import type { PolicyDocument } from "../policy/deployer-policy.ts";
import { allows } from "../policy/evaluate.ts";
import { requestsOf } from "../policy/request.ts";
import { type ApiResponse, type Call, jsonResponse } from "./call.ts";
import type { Fault, Faults } from "./faults.ts";

/** moto's account. */
export const ACCOUNT = "123456789012";

export class Authorisation implements Faults {
  /** What was refused, `action on resource`, once each. */
  readonly refused = new Set<string>();
  /** Actions that were asked for. */
  readonly asked: Set<string>;
  readonly #deployer: string;
  #policy: PolicyDocument | undefined;

  /**
   * @param deployer access key of whom the policy is for; others may do everything
   * @param asked takes what is asked for. @default a set of its own
   */
  constructor(deployer: string, asked = new Set<string>()) {
    this.#deployer = deployer;
    this.asked = asked;
  }

  /** From now on the deployer may do this, and nothing else. @default until then, everything */
  set policy(policy: PolicyDocument) {
    this.#policy = policy;
  }

  next(call: Call): Fault | undefined {
    if (!this.#policy || keyOf(call) !== this.#deployer) return undefined;
    for (const request of requestsOf(call, ACCOUNT)) {
      this.asked.add(request.action);
      if (allows(this.#policy, request)) continue;
      this.refused.add(`${request.action} on ${request.resources.join(", ")}`);
      return { kind: "refuse", answer: refusal(call, request.action) };
    }
    return undefined;
  }
}

const keyOf = ({ headers }: Call): string | undefined =>
  /Credential=([^/]+)\//.exec(headers.authorization ?? "")?.[1];

/** In the form of each protocol, so that every SDK knows it for what it is and does not try again. */
function refusal(call: Call, action: string): ApiResponse {
  const message = `User is not authorized to perform: ${action}`;
  if (call.headers["x-amz-target"] || /\/operation\//.test(call.path))
    return jsonResponse({ __type: "AccessDeniedException", Message: message }, 400);
  const error = `<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`;
  const isS3 = call.service === "s3";
  return {
    status: 403,
    headers: { "content-type": "text/xml" },
    body: Buffer.from(isS3 ? error : `<ErrorResponse>${error}<RequestId>refused</RequestId></ErrorResponse>`),
  };
}
