/**
 * What a command says instead of a result: something that its user did, lacks or asked to be told, in one sentence that says
 * what to change. It is shown as it is, without a stack trace; every other error is a defect, and shows its own.
 */
export class UserError extends Error {
  override readonly name: string = "UserError";
}

/** The stack and the container import nothing of the commands and have kinds of their own, which are known by their names. */
const KINDS: ReadonlySet<string> = new Set(["UserError", "ConfigError", "MigrationError"]);

/** Whether an error is something to tell the user, wherever in the project it was thrown. */
export function isUserError(error: unknown): error is Error {
  return error instanceof UserError || (error instanceof Error && KINDS.has(error.name));
}
