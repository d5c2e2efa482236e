import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { Config } from "../config.ts";
import { closeClient, openClient } from "../database/client.ts";
import { createClient } from "../database/connection.ts";
import { isMigrated, MigrationError, migrate } from "../migrate.ts";
import { hasRightsOfApi, type Login, prepareRoles } from "./roles.ts";

/** A database that fails over is back within a minute; one that is not there after two needs somebody. */
const TIMEOUT_MS = 120_000;

export interface SetupOptions {
  readonly log: (line: string) => void;
  /** How long to wait for a database that does not answer. @default two minutes */
  readonly timeoutMs?: number;
  /** Folder of the migrations. @default - those of this version */
  readonly directory?: URL;
}

/**
 * Makes the database ready for the tasks of this version: its schema, and the role that they log in by. Any number of tasks
 * may call it at once.
 *
 * Whether there is anything to do, the API's own login can tell, at whichever member answers: a task can start while the
 * writer is away, or while the owner's password is being changed.
 *
 * @throws what a migration failed with, at once; or why the database does not answer, after `timeoutMs`
 */
export async function setUpDatabase(config: Config, login: Login, options: SetupOptions): Promise<void> {
  const { log, timeoutMs = TIMEOUT_MS } = options;
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    if (await isReady(config, login, options)) return log("nothing to do");
    try {
      await asOwner(config, async (client) => {
        const applied = await migrate(client, options);
        await prepareRoles(client, login);
        log(`${applied} migrations applied, ${login.name} is ready`);
      });
      return;
    } catch (error) {
      if (error instanceof MigrationError || !mayPass(error) || Date.now() >= deadline) throw error;
      log(`the database is not ready yet: ${(error as Error).message}`);
    }
    await sleep(1_000);
  }
}

/** Whether the login works, and finds the schema of this version or a later one, with the rights that it shall have. */
async function isReady(config: Config, login: Login, { directory }: SetupOptions): Promise<boolean> {
  const { host, readerHost } = config.database;
  const own = { ...config.database, user: login.name, password: login.password, passwordFile: undefined };
  for (const each of new Set([host, readerHost ?? host])) {
    const client = await createClient({ ...config, database: own }, { host: each });
    try {
      await openClient(client);
      return (await isMigrated(client, directory)) && (await hasRightsOfApi(client));
    } catch (error) {
      if (error instanceof MigrationError) throw error;
    } finally {
      await closeClient(client);
    }
  }
  return false;
}

async function asOwner(config: Config, work: (client: pg.Client) => Promise<void>): Promise<void> {
  // A migration takes as long as it takes.
  const database = { ...config.database, statementTimeoutMs: 86_400_000 };
  const client = await createClient({ ...config, database }, { host: database.host });
  try {
    await openClient(client);
    await work(client);
  } finally {
    await closeClient(client);
  }
}

/** What waiting may cure: no connection, a standby in the writer's place, a password that is being changed. */
function mayPass(error: unknown): boolean {
  const { code = "", message = "" } = error as { code?: string; message?: string };
  return (
    /^(08|57P|53|25006|28P01|E[A-Z]+$)/.test(code) || /connection|Connection|timeout|terminated/.test(message)
  );
}
