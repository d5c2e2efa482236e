/**
 * What a command says instead of a result: something that its user did, lacks or asked to be told, in one sentence that says
 * what to change. It is shown as it is, without a stack trace; every other error is a defect, and shows its own.
 */
export class UserError extends Error {
  override readonly name: string = "UserError";
}
