import { setTimeout as sleep } from "node:timers/promises";
import type { Freshness } from "../cache/freshness.ts";
import type { Row, Statement } from "./connection.ts";
import { type Deadline, within } from "./deadline.ts";
import { DatabaseUnavailable, isTransient } from "./errors.ts";
import type { ReadPool } from "./read-pool.ts";
import { POSITION } from "./read-slot.ts";
import { Semaphore } from "./semaphore.ts";
import type { Writer } from "./writer.ts";

export interface ReadOptions {
  /** Searches, facets and counts: they must not hold up the point reads. @default false */
  slow?: boolean;
}

/** For what and for whom an answer is made. */
export interface Asker {
  /** What it must have seen, see Freshness. */
  epoch: number;
  /** Whose share of the slow connections it uses, see FairQueue. Empty: the task's own. */
  client: string;
  /** When it must be there. */
  deadline: Deadline;
}

/** A reader that is behind answers while the writer does not. */
type Source = "reader" | "writer" | "reader that is behind";

/** Whatever answers reads. */
export interface Reads {
  /** Rows as arrays, in the order of the select list; JSON as text. */
  read(statement: Statement, values: readonly unknown[], options?: ReadOptions): Promise<Row[]>;
}

/** A replica is some milliseconds behind: it is worth waiting for, so that the writer has less to do. */
const WAIT_MS = 20;
const WAITS = 4;
/** Reads that the writer carries out at once for readers that are behind, beside transactions. */
const ON_WRITER = 2;
const TIMEOUT_MS = 2_000;
/** While notifications may be missed, the writer is asked how far it is so often: what is loaded is at most so old. */
const UNCERTAIN_MS = 500;
/** The writer says how far it is within a millisecond or two. One that takes so long is as good as away: the reader answers. */
const POSITION_MS = 1_000;

export interface ReadSources {
  points: ReadPool;
  searches: ReadPool;
  writer: Pick<Writer, "query" | "read">;
  /** False: the pools read from the writer itself. */
  replicated: boolean;
  freshness: Freshness;
}

/**
 * Where reads may be answered from: the one place that decides it. A session must see every change that the task has heard of, or
 * made, up to an epoch. Which position of the database that is, the writer says once for all sessions that must see as much;
 * a reader answers when it has reached that position, and the writer for a reader that has not.
 */
export class Sessions {
  readonly #sources: ReadSources;
  readonly #onWriter = new Semaphore(ON_WRITER);
  /** The writer's position when this task had heard of `epoch`: it has all changes up to it. */
  #known: { epoch: number; at: number; position: Promise<number> } | undefined;
  /** When the writer was asked what it has not answered yet; a later question waits for no longer than that. */
  #askedAt: number | undefined;

  constructor(sources: ReadSources) {
    this.#sources = sources;
  }

  /** See {@link Database.session}. */
  open(asker: Asker): ReadSession {
    return new ReadSession(this, asker);
  }

  /**
   * @param source where the answer's last statement was answered: one that had to ask the writer does not wait again.
   * @throws the reader's error when nothing can be had, and the deadline's once it has passed.
   */
  async read(
    { epoch, client, deadline }: Asker,
    source: Source,
    statement: Statement,
    values: readonly unknown[],
    { slow }: ReadOptions,
  ): Promise<{ rows: Row[]; source: Source }> {
    const { points, searches, replicated } = this.#sources;
    const pool = slow ? searches : points;
    const asking = { client, until: deadline.at };
    if (!replicated) return { rows: await pool.query(statement, values, asking), source };
    const position = await this.#position(epoch).catch(withoutWriter);
    if (position !== undefined) {
      for (let wait = source === "writer" ? WAITS : 0; wait < WAITS; wait++) {
        const rows = await pool.queryAt(position, statement, values, asking);
        if (rows) return { rows, source: "reader" };
        await sleep(WAIT_MS);
      }
      const rows = await this.#askWriter(statement, values, deadline).catch(withoutWriter);
      if (rows) return { rows, source: "writer" };
    }
    return { rows: await pool.query(statement, values, asking), source: "reader that is behind" };
  }

  async #askWriter(statement: Statement, values: readonly unknown[], deadline: Deadline): Promise<Row[]> {
    if (!(await this.#onWriter.acquire(Math.min(TIMEOUT_MS, deadline.left))))
      throw new DatabaseUnavailable("the reader is behind, and the writer has too much to do");
    try {
      // Whoever waited for the reader until there was no time left is not there any more.
      deadline.check();
      return await this.#sources.writer.read(statement, values);
    } finally {
      this.#onWriter.release();
    }
  }

  #position(epoch: number): Promise<number> {
    const { freshness } = this.#sources;
    const known = this.#known;
    const current = known && known.epoch >= epoch;
    if (current && (freshness.certain || performance.now() - known.at < UNCERTAIN_MS)) return known.position;
    const now = performance.now();
    if (this.#askedAt !== undefined && now - this.#askedAt > POSITION_MS) return Promise.reject(silent());
    const position = within(POSITION_MS, this.#askPosition(now), silent);
    const asked = { epoch: freshness.epoch, at: now, position };
    this.#known = asked;
    position.catch(() => {
      if (this.#known === asked) this.#known = undefined;
    });
    return position;
  }

  async #askPosition(now: number): Promise<number> {
    this.#askedAt ??= now;
    try {
      const [row] = await this.#sources.writer.query(POSITION, [], POSITION_MS);
      return row![0] as number;
    } finally {
      this.#askedAt = undefined;
    }
  }
}

const silent = (): Error => new DatabaseUnavailable("the writer does not say how far it is");

/**
 * The reader, behind or not, is asked in the writer's place. Not when the reader itself has failed: asked once more, one that has too
 * much to do would have twice as much.
 */
function withoutWriter(error: unknown): undefined {
  if (!isTransient(error)) throw error;
}

/** The reads of one answer. */
export class ReadSession implements Reads {
  readonly #sessions: Sessions;
  readonly #asker: Asker;
  #source: Source = "reader";
  #behind = false;

  constructor(sessions: Sessions, asker: Asker) {
    this.#sessions = sessions;
    this.#asker = asker;
  }

  /** Whether a part of the answer may lack a change that the task knows of: it must say so, and is not kept. */
  get behind(): boolean {
    return this.#behind;
  }

  async read(statement: Statement, values: readonly unknown[], options: ReadOptions = {}): Promise<Row[]> {
    this.#asker.deadline.check();
    const { rows, source } = await this.bound(
      this.#sessions.read(this.#asker, this.#source, statement, values, options),
    );
    this.#source = source;
    if (source === "reader that is behind") this.markBehind();
    return rows;
  }

  /** Waits for what others may be loading as well, as long as this answer may take. */
  bound<T>(loading: Promise<T>): Promise<T> {
    return this.#asker.deadline.bound(loading);
  }

  /** What was kept from before is a part of the answer. */
  markBehind(): void {
    this.#behind = true;
  }
}
