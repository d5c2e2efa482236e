import pg from "pg";

/** The database cannot be reached at the moment. What was asked has not been done, and asking again later may work. */
export class DatabaseUnavailable extends Error {
  override name = "DatabaseUnavailable";
}

/** Requests wait for the database in a line that is already too long. What was asked has not been done. */
export class DatabaseOverloaded extends Error {
  override name = "DatabaseOverloaded";
}

/** A batch did not end in its time. What was asked has not been done, and fewer rows at once may be. */
export class BatchTimeout extends Error {
  override name = "BatchTimeout";
}

/** Other transactions were in the way each time that this one was tried. What was asked has not been done. */
export class DatabaseContention extends Error {
  override name = "DatabaseContention";
}

/** The commit was sent and no answer came: the write may or may not have happened. */
export class OutcomeUnknown extends Error {
  override name = "OutcomeUnknown";
}

/** A connection has failed, and not the statement that was sent over it. */
export class ConnectionFailed extends Error {
  override name = "ConnectionFailed";
}

/**
 * Tells failures of the connection from answers of the server, where they arise. What pg says by itself has no code, so that
 * only its kind is known here: whatever is no `DatabaseError` never came from the server.
 */
export async function overConnection<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof pg.DatabaseError) throw error;
    throw new ConnectionFailed("the connection to the database failed", { cause: error });
  }
}

/** SQLSTATE of what the server has answered, or of what is to be treated like such an answer (WriteConflict). */
export const sqlState = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError || (error as { code?: unknown }).code === "40001"
    ? (error as { code?: string }).code
    : undefined;

/**
 * Whether the connection is of no further use. Class 08 is "connection exception", 57P "operator intervention"; without a
 * connection come 53300 "too many connections" and class 28 "invalid authorization". 26000 and 42P05 say that a statement is not
 * prepared, or is already: of several in one pipeline the first was to prepare it and has failed, and pg does not know any more.
 */
export function isConnectionError(error: unknown): boolean {
  return (
    error instanceof ConnectionFailed ||
    isIdleTimeout(error) ||
    /^(08|28|57P)|^(53300|26000|42P05)$/.test(sqlState(error) ?? "")
  );
}

/**
 * The server has ended a transaction, and its connection, that asked for nothing for too long: this task stood still. Whatever
 * was asked next was not done, be it a COMMIT. 25P04 is the same for the transaction as a whole.
 */
export const isIdleTimeout = (error: unknown): boolean => /^25P0[34]$/.test(sqlState(error) ?? "");

/** The server has become a standby: Aurora moved the writer elsewhere while this connection stayed. */
export const isReadOnlyError = (error: unknown): boolean => sqlState(error) === "25006";

/** The server answers, and has no such database (3D000) or does not let this login in (class 28, "invalid authorization"). */
export const isUnknownToServer = (error: unknown): boolean => /^(3D000|28...)$/.test(sqlState(error) ?? "");

/** Serialisation failure or deadlock: the same transaction may succeed when it is run again. */
export const isContention = (error: unknown): boolean => /^40(001|P01)$/.test(sqlState(error) ?? "");

/** Somebody else holds a lock for longer than one waits (DB_LOCK_TIMEOUT_MS). */
export const isLockTimeout = (error: unknown): boolean => sqlState(error) === "55P03";

/** As above, and of a row that another transaction has written, which PostgreSQL names; not of a table as a whole. */
export const isRowTimeout = (error: unknown): boolean =>
  isLockTimeout(error) && (error as pg.DatabaseError).where !== undefined;

/** A statement took longer than it may (DB_STATEMENT_TIMEOUT_MS). */
export const isStatementTimeout = (error: unknown): boolean => sqlState(error) === "57014";

/** The server is there and cannot work: class 53 is "insufficient resources" (a full disk, no memory), 58 "system error". */
export const isOutOfResources = (error: unknown): boolean => /^5[38]/.test(sqlState(error) ?? "");

/** "Program limit exceeded": a value too large for an index, or too many notifications that not everybody has heard. */
export const isProgramLimit = (error: unknown): boolean => sqlState(error) === "54000";

/** Whether there is no database that could answer; where another failure is transient, one has too much to do. */
export const isAway = (error: unknown): boolean =>
  error instanceof DatabaseUnavailable || isOutOfResources(error);

/** Whether the database's state is the reason, and not what was asked: the same may succeed later. */
export const isTransient = (error: unknown): boolean =>
  isAway(error) ||
  error instanceof DatabaseOverloaded ||
  error instanceof BatchTimeout ||
  error instanceof DatabaseContention ||
  isContention(error) ||
  isLockTimeout(error) ||
  isStatementTimeout(error);
