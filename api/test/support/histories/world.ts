import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type pg from "pg";
import type { PostgresServer } from "../../../../local/postgres/server.ts";
import { until } from "../../../../test/support/until.ts";
import { BreakableProxy } from "../proxy.ts";
import { Replica } from "../replica.ts";
import { databaseVariables, Fleet, fill, type Task } from "../tasks.ts";
import type { Version } from "./history.ts";

/** Products that all clients write. */
export const PRODUCTS = 6;
/** One that is changed by SQL alone: nothing else tells a task of it. */
export const UNTOLD = `product-${PRODUCTS}`;
/** One that a single client writes. */
export const ALONE = `product-${PRODUCTS + 1}`;
const TASKS = 2;
const REPLAY_MS = 30;
const CLOCK = fileURLToPath(new URL("./clock.ts", import.meta.url));

/** A database with a replica, tasks, and networks between them, to be broken. */
export class World {
  readonly fleet: Fleet;
  readonly server: PostgresServer;
  /** Past every network and task: for faults, and for what one of the clients writes. */
  readonly client: pg.Client;
  readonly sql: pg.Client;
  /** Of each task, to the writer and to the reader. */
  readonly networks: BreakableProxy[];
  readonly readerNetworks: BreakableProxy[];
  readonly replica: Replica;
  tasks: Task[] = [];
  /** Knows what is so: it reads from the writer, past every network, and keeps nothing. */
  truth: Task | undefined;
  /** The replica stands still. */
  paused = false;
  /** For faults that concern one thing after the other. */
  turn = 0;
  /** What PostgreSQL says of each deadlock: who waited for whom, and in which statements. */
  readonly deadlocks: readonly string[];
  #replaying: Promise<void> | undefined;
  #stopped = false;

  private constructor(
    fleet: Fleet,
    server: PostgresServer,
    [client, sql]: [pg.Client, pg.Client],
    replica: Replica,
    networks: [BreakableProxy, BreakableProxy][],
    deadlocks: readonly string[],
  ) {
    this.fleet = fleet;
    this.deadlocks = deadlocks;
    this.server = server;
    this.client = client;
    this.sql = sql;
    this.replica = replica;
    this.networks = networks.map(([writer]) => writer);
    this.readerNetworks = networks.map(([, reader]) => reader);
  }

  static async start(): Promise<World> {
    const fleet = new Fleet();
    try {
      return await World.#build(fleet);
    } catch (error) {
      await fleet.stop();
      throw error;
    }
  }

  static async #build(fleet: Fleet): Promise<World> {
    const { deadlocks, onLog } = deadlocksOf();
    const server = await fleet.database({
      settings: { max_connections: "70", track_commit_timestamp: "on", max_prepared_transactions: "2" },
      onLog,
    });
    const client = await fleet.client(server);
    await fill(client, PRODUCTS + 2);
    // Each committed version, in the transaction that makes it.
    await client.query(`
      CREATE SCHEMA watch;
      CREATE TABLE watch.audit (seq bigserial, tx xid8 DEFAULT pg_current_xact_id(), slug text, version bigint, name text);
      CREATE FUNCTION watch.audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO watch.audit (slug, version, name) SELECT slug, NEW.version, name FROM products WHERE id = NEW.product_id;
        RETURN NULL; END $$;
      CREATE TRIGGER audit AFTER INSERT OR UPDATE ON product_states FOR EACH ROW EXECUTE FUNCTION watch.audit();
      CREATE TABLE watch.disk (full_ boolean);
      INSERT INTO watch.disk VALUES (false);
      CREATE FUNCTION watch.disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF (SELECT full_ FROM watch.disk) THEN
          RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
        END IF;
        RETURN NULL; END $$;
      CREATE TABLE watch.commits (slow boolean);
      INSERT INTO watch.commits VALUES (false);
      CREATE FUNCTION watch.commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF (SELECT slow FROM watch.commits) THEN PERFORM pg_sleep(0.7); END IF;
        RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER commits AFTER INSERT OR UPDATE ON products DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION watch.commit();
      CREATE TRIGGER disk AFTER INSERT OR UPDATE OR DELETE ON products EXECUTE FUNCTION watch.disk();
      UPDATE product_states SET version = version`);
    const replica = await Replica.start(server, { name: server.user, password: server.password });
    const networks = await Promise.all(
      Array.from({ length: TASKS }, async (): Promise<[BreakableProxy, BreakableProxy]> => {
        const writer = await BreakableProxy.start(server);
        // As reader and writer of a cluster have one port at two addresses.
        const reader = await BreakableProxy.start(
          { host: Replica.HOST, port: server.port },
          { host: Replica.HOST, port: writer.port },
        );
        return [writer, reader];
      }),
    );
    const clients: [pg.Client, pg.Client] = [client, await fleet.client(server)];
    const world = new World(fleet, server, clients, replica, networks, deadlocks);
    world.#replaying = world.#replay();
    world.truth = await fleet.healthy(server, { CACHE_MAX_MIB: "0", RATE_LIMIT_PER_MINUTE: "0" });
    await world.renew();
    return world;
  }

  /** New tasks in place of those that there are. */
  async renew(): Promise<void> {
    for (const task of this.tasks) task.child.kill("SIGKILL");
    this.tasks = await Promise.all(
      this.networks.map(({ port }) =>
        this.fleet.healthy(this.server, {
          ...databaseVariables(this.server),
          DB_PORT: String(port),
          DB_READER_HOST: Replica.HOST,
          DB_STATEMENT_TIMEOUT_MS: "1000",
          // Nothing is forgotten by itself: what is not heard of stays old.
          CACHE_TTL_SECONDS: "3600",
          RATE_LIMIT_PER_MINUTE: "0",
          NODE_OPTIONS: `--import=${CLOCK}`,
        }),
      ),
    );
  }

  /** Everything works again, and every task knows it. */
  async heal(): Promise<void> {
    await this.server.resume();
    this.paused = false;
    for (const network of [...this.networks, ...this.readerNetworks]) {
      network.mend();
      network.resume();
    }
    for (const { child } of this.tasks) child.kill("SIGCONT");
    await this.client.query("UPDATE watch.disk SET full_ = false");
    await this.client.query("UPDATE watch.commits SET slow = false");
    for (const [i, task] of [...this.tasks, this.truth!].entries()) {
      let health = "";
      const isWhole = async () => {
        const { status, body } = await task.send("/health");
        health = `${status} ${body}`;
        return status === 200 && !body.includes('"down"');
      };
      await until(isWhole).catch(() => assert.fail(`task ${i} does not recover: ${health}`));
    }
  }

  /** The committed versions so far; a transaction may take several: its last is the one that others see. */
  async audit(): Promise<Version[]> {
    const { rows } = await this.client.query(
      `SELECT slug, version, name, extract(epoch FROM pg_xact_commit_timestamp(tx::xid))::float8 * 1000 - $1 AS "committedAt"
       FROM (SELECT DISTINCT ON (tx, slug) tx, seq, slug, version::float8, name FROM watch.audit ORDER BY tx, slug, seq DESC) a
       ORDER BY seq`,
      [Date.now() - performance.now()],
    );
    return rows;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.server.resume();
    await this.#replaying;
    for (const network of [...this.networks, ...this.readerNetworks]) await network.stop();
    await this.replica.stop();
    await this.fleet.stop();
  }

  async #replay(): Promise<void> {
    while (!this.#stopped) {
      // What a reader is in the way of is tried again with the next.
      if (!this.paused) await this.replica.replay().catch(() => {});
      await sleep(REPLAY_MS);
    }
  }
}

/** Reports in the server's log; the lines that follow the first tell of the same as long as they are indented or named so. */
function deadlocksOf(): { deadlocks: string[]; onLog: (line: string) => void } {
  const deadlocks: string[] = [];
  let open = false;
  const onLog = (line: string) => {
    if (line.includes("deadlock detected")) open = deadlocks.push(line) > 0;
    else if (open && /^\t|(DETAIL|HINT|CONTEXT|STATEMENT):/.test(line))
      deadlocks.push(`${deadlocks.pop()}\n${line}`);
    else open = false;
  };
  return { deadlocks, onLog };
}
