import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { closeClient, openClient } from "./client.ts";

export interface ListenerOptions {
  connect: () => Promise<pg.Client>;
  /** A connection stands and listens. Whatever was sent before this moment may have been missed. */
  onListening: () => void;
  /** Whatever was sent before this moment (on the clock of `performance.now()`) has arrived. */
  onHeard: (until: number) => void;
  /** From now on notifications may be missed. */
  onGap: () => void;
  onTags: (tags: string[]) => void;
}

/**
 * A connection whose other end is gone says nothing by itself: it is asked so often, and given up when it does not answer in time.
 * Together they bound how long a change can go unheard (docs/FRESHNESS.md).
 */
const HEARTBEAT_MS = 2_000;
const HEARTBEAT_TIMEOUT_MS = 2_000;
/** A former writer stays silent for ever, be it a standby or only closed for writing. */
const IS_WRITER = {
  text: "SELECT NOT (pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean) AS writer",
  query_timeout: HEARTBEAT_TIMEOUT_MS, // known to pg, not to its types
};

/** Hears, over one connection to the writer, which parts of the catalogue have changed; reconnects for as long as it is open. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #closing = new AbortController();
  readonly #loop: Promise<void>;
  #listening = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#loop = this.#run();
  }

  get listening(): boolean {
    return this.#listening;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    for (let attempt = 0; !signal.aborted; attempt++) {
      let client: pg.Client | undefined;
      try {
        client = await this.#options.connect();
        await this.#listen(client, () => {
          attempt = 0;
        });
      } catch {
        // The pools log that the database is away; once is enough.
      }
      if (this.#listening) {
        this.#listening = false;
        this.#options.onGap();
      }
      if (client) await closeClient(client);
      const delay = Math.min(2_000, 100 * 2 ** Math.min(attempt, 5)) * (0.5 + Math.random() / 2);
      await sleep(delay, undefined, { signal }).catch(() => {});
    }
  }

  /** Returns when the connection is gone, or throws. */
  async #listen(client: pg.Client, onConnected: () => void): Promise<void> {
    const { signal } = this.#closing;
    const broken = new AbortController();
    client.on("notification", ({ payload }) => this.#options.onTags((payload ?? "*").split(" ")));
    const { ended } = await openClient(client);
    void ended.then(() => broken.abort());
    await requireWriter(client);
    await client.query("LISTEN catalog");
    onConnected();
    this.#listening = true;
    this.#options.onListening();
    const stop = AbortSignal.any([signal, broken.signal]);
    while (!stop.aborted) {
      await sleep(HEARTBEAT_MS, undefined, { signal: stop }).catch(() => {});
      if (stop.aborted) break;
      const asked = performance.now();
      await requireWriter(client);
      this.#options.onHeard(asked);
    }
  }
}

async function requireWriter(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ writer: boolean }>(IS_WRITER);
  if (!rows[0]?.writer) throw new Error("notifications come from the writer only, and this is none");
}
