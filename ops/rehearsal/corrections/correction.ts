import type { ApiResponse, Call } from "../call.ts";

/** One thing that moto lacks or answers unlike AWS. */
export interface Correction {
  /** Signing name of the service. */
  readonly service: string;
  /** Operation names; a pattern where the protocol is REST and the operation is method and path. */
  readonly operations: readonly string[] | RegExp;
  /** Answers instead of moto, or asks moto by `forward` (with the call as it came, or changed) and corrects its answer. */
  answer(call: Call, forward: (changed?: Call) => Promise<ApiResponse>): Promise<ApiResponse>;
}

export function applies({ service, operations }: Correction, call: Call): boolean {
  if (service !== call.service) return false;
  return operations instanceof RegExp ? operations.test(call.operation) : operations.includes(call.operation);
}
