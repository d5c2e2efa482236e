/** Every credential of the running service replaced by a new one, while customers read and write. */
import { randomBytes } from "node:crypto";
import type pg from "pg";
import { request } from "undici";
import type { Preview } from "../../contract/index.ts";
import { connectTo } from "../database.ts";
import { atLeast, type Drill, equals, loadChecks, PAST_THE_CACHE } from "../drill.ts";
import { writeRequest } from "../load/writes.ts";
import { watchHealth } from "../watch.ts";

const secret = () => randomBytes(24).toString("hex");

export const rotate: Drill = {
  name: "rotate",
  title: "Rotation of credentials",
  description: "Database password, write key and origin token are replaced under load.",
  alarms: { rings: [] },
  async run(context) {
    const { preview } = context;
    const database = await connectTo(preview.database);
    try {
      const login = `catalog_api_v${(await newestVersion(database)) + 1}`;
      const [password, key] = [secret(), secret()];
      const load = await context.startLoad({ uncached: PAST_THE_CACHE });
      context.step("load before the rotation");
      await context.rest(5);
      load.enter("during");
      const at = context.mark("rotation");
      const health = watchHealth(preview);
      context.step("a new origin token, and the one before is retired by the next");
      await preview.rotateOriginToken();
      await context.rest(3);
      await preview.rotateOriginToken();
      context.step("rolling out a new database password and a new write key");
      const { revision, rollout } = await preview.deploy({
        environment: {
          DB_USER: login,
          DB_PASSWORD: password,
          API_KEYS: key,
          API_KEYS_BEFORE: preview.apiKey,
        },
        containers: { migrate: { API_DB_USER: login, API_DB_PASSWORD: password } },
      });
      const recoveredAt = await context.untilSteady();
      context.mark("rotated");
      load.enter("after");
      context.step("load with the new credentials");
      await context.rest(5);
      const sessions = await sessionsByLogin(database);
      const byNewKey = await write(preview, key);
      const figures = await context.finish(load);
      return {
        checks: [
          ...loadChecks(figures),
          equals("failed requests", figures.failed, 0),
          equals("shed requests", figures.shed, 0),
          equals(`rollout of revision ${revision}`, rollout, "COMPLETED"),
          equals("logins that the tasks use", Object.keys(sessions).join(", "), login),
          atLeast("their sessions", sessions[login] ?? 0, 1),
          equals("a write with the new key", byNewKey, 200),
          atLeast("lowest share of healthy targets", health.stop(), 100, " %"),
        ],
        recoverSeconds: (recoveredAt - at) / 1000,
      };
    } finally {
      await database.end();
    }
  },
};

async function newestVersion(database: pg.Client): Promise<number> {
  const { rows } = await database.query<{ newest: number }>(
    "SELECT max(substring(rolname FROM 'v(\\d+)$')::int) AS newest FROM pg_roles WHERE rolname ~ '^catalog_api_v\\d+$'",
  );
  return rows[0]?.newest ?? 1;
}

/** Sessions of the tasks, by the role that they logged in by. */
async function sessionsByLogin(database: pg.Client): Promise<Record<string, number>> {
  const { rows } = await database.query<{ usename: string; sessions: number }>(
    "SELECT usename, count(*)::int AS sessions FROM pg_stat_activity WHERE usename ~ '^catalog_api_v' GROUP BY usename",
  );
  return Object.fromEntries(rows.map(({ usename, sessions }) => [usename, sessions]));
}

async function write({ edgeUrl }: Preview, key: string): Promise<number> {
  const { path, ...options } = writeRequest(key, Date.now() % 1_000_000);
  const { statusCode, body } = await request(edgeUrl + path, options);
  await body.dump();
  return statusCode;
}
