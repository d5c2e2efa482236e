import type { Freshness, Stamp } from "../cache/freshness.ts";
import { statement } from "../database/connection.ts";
import type { Database } from "../database/database.ts";
import type { ReadSession } from "../database/session.ts";

const NEXT = statement(
  "SELECT floor(extract(epoch FROM min(at)) * 1000)::bigint FROM boundaries WHERE at > $1::timestamptz",
);
/** Whatever is written may bring a boundary. */
const TAGS = ["any"];

interface Kept {
  readonly stamp: Stamp;
  readonly loading: Promise<{ next: number; behind: boolean }>;
}

/**
 * When the catalogue changes next though nobody writes: a sale of some product begins or ends, or it is shown or not any more. Any
 * list may be another one from then on. Asked for once after each change, for all lists that are loaded then.
 */
export class Boundaries {
  readonly #database: Pick<Database, "session">;
  readonly #freshness: Freshness;
  #kept: Kept | undefined;

  constructor(database: Pick<Database, "session">, freshness: Freshness) {
    this.#database = database;
    this.#freshness = freshness;
  }

  /**
   * To be asked before a list is loaded: should the boundary pass meanwhile, the list is of the time before it.
   *
   * @param session the answer that it is for, which hears when a boundary may be missing
   * @returns milliseconds since 1970; Infinity: there is none
   */
  async next(session: ReadSession): Promise<number> {
    for (;;) {
      if (!this.#kept || !this.#freshness.isFresh(this.#kept.stamp, TAGS)) this.#kept = this.#load();
      const kept = this.#kept;
      try {
        const { next, behind } = await session.bound(kept.loading);
        if (behind) session.markBehind();
        // Where it has passed, there is another one.
        if (next > Date.now() && !behind) return next;
        if (this.#kept === kept) this.#kept = undefined;
        if (behind) return next;
      } catch (error) {
        if (this.#kept === kept) this.#kept = undefined;
        throw error;
      }
    }
  }

  #load(): Kept {
    const session = this.#database.session({
      epoch: this.#freshness.lastChange(TAGS),
      client: "",
    });
    const stamp = this.#freshness.stamp();
    const loading = session.read(NEXT, [new Date().toISOString()]).then(([row]) => ({
      next: (row![0] as number | null) ?? Number.POSITIVE_INFINITY,
      behind: session.behind,
    }));
    return { stamp, loading };
  }
}
