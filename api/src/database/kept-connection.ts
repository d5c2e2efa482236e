import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { closeClient, openClient } from "./client.ts";
import { ask, statement } from "./connection.ts";

export interface KeptConnectionOptions {
  /** Where to connect, in order of preference: the first that answers is taken. */
  hosts: readonly string[];
  /** A client that is not connected yet. Its statements must have a time-out of their own (`query_timeout`). */
  connect: (host: string) => Promise<pg.Client>;
  log: { warn(fields: object, message: string): void };
  /** How often a connection to another host than the first looks whether the first answers again. @default 30_000 */
  recheckMs?: number | undefined;
  /** There is a new client. */
  onConnected: () => void;
  /** The client is of no use any more; what is under way on it fails by itself, or still ends where it is left for a better one. */
  onLost: () => void;
  /** When it is not to be kept any longer. */
  closing: AbortSignal;
}

const FALLBACK_RECHECK_MS = 30_000;
const PROBE = statement("SELECT 1");
/** For the first answer; who lets in and says nothing, as a proxy may, is of no use. */
const ANSWER_MS = 5_000;
/** For the statements of a connection that is left for a better one. */
const DRAIN_MS = 2_000;

/** A place for one connection. Whatever happens to the connection, the place is filled again, with backoff, until it is closed. */
export class KeptConnection {
  /** Resolves once it was closed and nothing of it is left. */
  readonly closed: Promise<void>;
  readonly #options: KeptConnectionOptions;
  #client: pg.Client | undefined;
  #retire = (): void => {};

  constructor(options: KeptConnectionOptions) {
    this.#options = options;
    this.closed = this.#keep();
  }

  /** Undefined while it is being replaced. */
  get client(): pg.Client | undefined {
    return this.#client;
  }

  /** Takes the connection out of use, and makes a new one. */
  retire(): void {
    this.#retire();
  }

  async #keep(): Promise<void> {
    const { closing, log } = this.#options;
    for (let failures = 0; !closing.aborted; ) {
      try {
        const { client, host, ended } = await this.#connectAny();
        failures = 0;
        await this.#serve(client, host, ended);
      } catch (error) {
        if (failures++ % 10 === 0) log.warn({ err: error }, "cannot connect to the database for reading");
      }
      // From 0.1 s to 3 s, at random: tasks must not come back all at once.
      const delay = Math.min(3_000, 100 * 2 ** Math.min(failures, 5)) * (0.5 + Math.random() / 2);
      await sleep(delay, undefined, { signal: closing }).catch(() => {});
    }
  }

  async #connectAny(): Promise<{ client: pg.Client; host: string; ended: Promise<void> }> {
    let failure: unknown;
    for (const host of this.#options.hosts) {
      try {
        return { host, ...(await this.#connect(host)) };
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  async #connect(host: string): Promise<{ client: pg.Client; ended: Promise<void> }> {
    const client = await this.#options.connect(host);
    const { ended } = await openClient(client);
    try {
      await ask(client, PROBE, [], ANSWER_MS);
      return { client, ended };
    } catch (error) {
      await closeClient(client);
      throw error;
    }
  }

  /** Serves from a connection until it ends, is retired, or a better host than its own answers again. */
  async #serve(client: pg.Client, host: string, ended: Promise<void>): Promise<void> {
    const { closing, onConnected, onLost } = this.#options;
    const left = new AbortController();
    const retired = Promise.withResolvers<void>();
    const takeOut = () => {
      if (this.#client !== client) return;
      this.#client = undefined;
      onLost();
    };
    let broken = true;
    this.#client = client;
    this.#retire = () => {
      takeOut();
      retired.resolve();
    };
    onConnected();
    await Promise.race([
      ended,
      retired.promise,
      this.#betterAnswers(host, AbortSignal.any([closing, left.signal])).then(() => {
        broken = false;
      }),
    ]);
    takeOut();
    left.abort();
    await closeClient(client, broken ? 0 : DRAIN_MS);
  }

  /** Resolves when it closes, or when the preferred host answers and is not this one. */
  async #betterAnswers(host: string, stop: AbortSignal): Promise<void> {
    const { hosts, recheckMs = FALLBACK_RECHECK_MS } = this.#options;
    const [preferred = host] = hosts;
    while (!stop.aborted) {
      await sleep(host === preferred ? 2 ** 31 - 1 : recheckMs, undefined, { signal: stop }).catch(() => {});
      if (stop.aborted) return;
      const probe = await this.#connect(preferred).catch(() => undefined);
      if (probe) return closeClient(probe.client);
    }
  }
}
