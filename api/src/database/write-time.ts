import { Deadline } from "./deadline.ts";
import { BatchTimeout, DatabaseOverloaded } from "./errors.ts";

/** The end of the time is for the COMMIT, or for the server to say that it has ended what took too long. */
const END_MS = 2_000;
/** Of it; a COMMIT that is begun with less might be given up, and nobody would know whether it was carried out. */
const COMMIT_MS = 1_000;

/**
 * The time of a request that writes, with all that it waits for: a turn, a connection, its statements, what it repeats of them, and
 * the COMMIT or the ROLLBACK. Nothing of it is given anew to whatever is tried again.
 */
export class WriteTime {
  readonly #deadline: Deadline;
  readonly #missed: () => Error;
  /** A batch: it may use all of it for one statement. */
  readonly long: boolean;

  /**
   * @param ms from now on
   * @param missed why there is no answer; nothing was written then
   */
  constructor(ms: number, { long, missed }: { long: boolean; missed: () => Error }) {
    this.#deadline = new Deadline(ms, missed);
    this.#missed = missed;
    this.long = long;
  }

  /** Milliseconds until there must be an answer, 1 or more. */
  get left(): number {
    return Math.max(1, Math.floor(this.#deadline.left));
  }

  /** Of these, in which statements must have ended; 0: none may be begun. */
  get forStatements(): number {
    return Math.max(0, Math.floor(this.#deadline.left - END_MS));
  }

  /** @throws what `missed` says, when there is no time for a statement any more. */
  checkStatement(): void {
    if (this.forStatements === 0) throw this.#missed();
  }

  /** @throws what `missed` says, when there is not enough time for a COMMIT any more. */
  checkCommit(): void {
    if (this.#deadline.left < COMMIT_MS) throw this.#missed();
  }
}

/** Why a write is refused whose time is over though the database answers. */
export const outOfTime = (long: boolean, cause?: unknown): Error =>
  long
    ? new BatchTimeout("the batch took too long; send fewer rows at once", { cause })
    : new DatabaseOverloaded("the write took too long; nothing was written, try again", { cause });
