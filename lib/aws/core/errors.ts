import type { IConstruct } from "constructs";

/**
 * A mistake in what was asked for, as opposed to a defect of the program: it is shown as one line, without a stack
 * trace. The message says what is wrong and what to change.
 */
export class UserError extends Error {
  override readonly name = "UserError";
}

/** A construct's props contradict each other or AWS. Reads ``FargateService 'Api': …``. */
export class ValidationError extends UserError {
  constructor(scope: IConstruct, message: string) {
    super(`${scope.constructor.name} '${scope.node.id}': ${message}`);
  }
}
