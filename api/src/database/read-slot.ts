import type pg from "pg";
import { ask, type Row, type Statement, statement } from "./connection.ts";
import { DatabaseOverloaded } from "./errors.ts";
import { KeptConnection, type KeptConnectionOptions } from "./kept-connection.ts";

export interface Question {
  statement: Statement;
  values: readonly unknown[];
  /** How far the database must have come (see migration 0013); undefined: it does not matter. */
  position: number | undefined;
  /** After it nobody waits for the answer any more; on the clock of `performance.now()`. */
  until: number;
}

/** See migration 0013. */
export const POSITION = statement("SELECT coalesce(sum(changes), 0)::bigint FROM catalog_position");
/** Why nobody is answered who has waited until there was no time left. */
export const LATE = "no connection to the database became free in time; try again";
/** Statements that go to one connection in one write before the next one is taken: more would wait for each other. */
const GATHERED = 4;

/** One connection of a read pool, and what is asked over it. */
export class ReadSlot {
  readonly #connection: KeptConnection;
  /** Statements on the connection that there is. */
  inFlight = 0;
  /** How far the database was when it was last asked over this connection; it does not go back. */
  #position = Number.NEGATIVE_INFINITY;
  /** Statements that this turn of the event loop has given to it; they are sent together. */
  #gathered = 0;

  constructor({ onConnected, onLost, ...options }: KeptConnectionOptions) {
    this.#connection = new KeptConnection({
      ...options,
      onConnected: () => {
        this.#position = Number.NEGATIVE_INFINITY;
        onConnected();
      },
      onLost: () => {
        this.inFlight = 0;
        onLost();
      },
    });
  }

  /** Undefined while the connection is being replaced. */
  get client(): pg.Client | undefined {
    return this.#connection.client;
  }

  /** See KeptConnection. */
  get closed(): Promise<void> {
    return this.#connection.closed;
  }

  /** See KeptConnection. */
  retire(): void {
    this.#connection.retire();
  }

  /** Whether more may be sent together with what this turn of the event loop has given to it. */
  get isGathering(): boolean {
    return this.#gathered > 0 && this.#gathered < GATHERED;
  }

  /**
   * @returns undefined when the database at the other end has not come so far.
   * @throws {DatabaseOverloaded} when nobody waits any more.
   */
  async answer({ position, statement, values, until }: Question): Promise<Row[] | undefined> {
    const client = this.client!;
    this.#gather(client);
    if (position !== undefined && this.#position < position) {
      const [[reached] = []] = await ask(client, POSITION, []);
      if (this.client === client) this.#position = reached as number;
      if ((reached as number) < position) return undefined;
      // That took its time.
      if (performance.now() >= until) throw new DatabaseOverloaded(LATE);
    }
    return ask(client, statement, values);
  }

  /** What comes within one turn of the event loop leaves in one write: each is a system call and wakes the server up. */
  #gather(client: pg.Client): void {
    if (this.#gathered++ > 0) return;
    const { stream } = client.connection;
    stream.cork();
    setImmediate(() => {
      this.#gathered = 0;
      stream.uncork();
    });
  }
}
