import { setTimeout as sleep } from "node:timers/promises";
import fp from "fastify-plugin";
import { Boundaries } from "../catalog/boundaries.ts";
import { Categories } from "../catalog/categories.ts";
import { Cursors } from "../catalog/cursor.ts";
import type { Catalog } from "../catalog/list.ts";
import { Sample } from "../catalog/sample.ts";
import type { Config } from "../config.ts";
import { Database, prepareDatabase } from "../database/database.ts";
import type { Asker } from "../database/session.ts";
import { Problem } from "../http/problem.ts";
import { MigrationError } from "../migrate.ts";
import { forgetKeys } from "../writes/idempotency.ts";

export interface DbOptions {
  config: Config;
  /** Trying again cannot help: schema, database or login do not fit this task. */
  onFatal: (error: Error) => void;
}

const FORGET_MS = 600_000;

/**
 * The database. Connecting goes on in the background, for as long as it takes: Aurora may be there minutes after the task. Until
 * then routes that need the catalogue answer 503.
 */
export default fp(
  async (app, { config, onFatal }: DbOptions) => {
    const closing = new AbortController();
    const database = new Database(
      config,
      app.log,
      {
        onListening: () => app.freshness.listening(),
        onHeard: (until) => app.freshness.heard(until),
        onGap: () => app.freshness.deaf(),
        onTags: (tags) => app.catalogChanged(tags),
      },
      app.freshness,
    );
    const categories = new Categories(database, app.freshness);
    const boundaries = new Boundaries(database, app.freshness);
    const sample = new Sample(database);
    let catalog: Omit<Catalog, "database"> | undefined;

    const prepare = async (): Promise<void> => {
      for (let attempt = 1; !closing.signal.aborted; attempt++) {
        try {
          const settings = await prepareDatabase(config, (line) => app.log.info(line));
          await database.ready();
          const cursors = new Cursors(settings.cursorKey);
          catalog = { categories, boundaries, sample, cursors, currency: settings.listCurrency };
          app.log.info({ attempt }, "the database is ready");
          // Who asks first shall not wait for it; who needs it tries again where that fails.
          sample.load().catch(() => {});
          return;
        } catch (error) {
          if (error instanceof MigrationError) return onFatal(error);
          app.log.warn({ err: error, attempt }, "the database is not ready yet");
        }
        const delay = Math.min(5_000, 200 * 2 ** Math.min(attempt, 5)) * (0.5 + Math.random() / 2);
        await sleep(delay, undefined, { signal: closing.signal }).catch(() => {});
      }
    };

    app.decorate("database", database);
    app.decorate("isReady", () => catalog !== undefined);
    const ready = () => {
      if (!catalog)
        throw new Problem("starting", "the service is still connecting to its database; try again");
      return catalog;
    };
    app.decorate(
      "catalog",
      ({ epoch = app.freshness.epoch, client = "", deadline }: Partial<Asker> = {}) => ({
        ...ready(),
        database: database.session({ epoch, client, deadline }),
      }),
    );
    app.decorate("listCurrency", () => ready().currency);
    app.decorate("catalogChanged", (tags: readonly string[]) => app.freshness.changed(tags));
    let preparing: Promise<void> | undefined;
    const housekeeping = setInterval(
      () => {
        if (catalog)
          forgetKeys(database).catch((err) => app.log.warn({ err }, "old keys are not forgotten yet"));
      },
      FORGET_MS * (0.5 + Math.random()),
    ).unref();
    app.addHook("onReady", async () => {
      preparing = prepare();
    });
    app.addHook("onClose", async () => {
      closing.abort();
      clearInterval(housekeeping);
      await database.close();
      await preparing;
    });
  },
  { name: "db", dependencies: ["cache"] },
);

declare module "fastify" {
  interface FastifyInstance {
    database: Database;
    /** Whether the first connection and the migrations are done. */
    isReady(): boolean;
    /**
     * @param asker @default all that this task has heard of, for the task itself, in the time of one answer
     * @throws {Problem} while the service starts.
     */
    catalog(asker?: Partial<Asker>): Catalog;
    /** @throws {Problem} while the service starts. */
    listCurrency(): string;
    /** Tells this task at once what it has written itself; the others hear of it by notification. */
    catalogChanged(tags: readonly string[]): void;
  }
}
