/** Versions that bring a migration: one that cannot be applied, and one that two deployments want to apply at once. */
import { cp, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import type { Preview } from "../../contract/index.ts";
import { connectTo } from "../database.ts";
import { atLeast, type Drill, equals, loadChecks, PAST_THE_CACHE } from "../drill.ts";
import { runningRevisions, watchHealth } from "../watch.ts";

const TABLE = "preview_drill_migration";

export const migrate: Drill = {
  name: "migrate",
  title: "Migrations",
  description:
    "A version whose migration fails is rolled out, then two deployments with one that works, at once.",
  alarms: { rings: ["deployment-failed", "task-failures"] },
  async run(context) {
    const { preview } = context;
    const folder = await mkdtemp(join(tmpdir(), "preview-migrate-"));
    const database = await connectTo(preview.database);
    try {
      const [broken, good] = await Promise.all([
        imageWith(preview, join(folder, "broken"), "SELECT 1 / 0;\n"),
        imageWith(preview, join(folder, "good"), `CREATE TABLE ${TABLE} (a integer);\n`),
      ]);
      const load = await context.startLoad({ uncached: PAST_THE_CACHE });
      context.step("load before the deployments");
      await context.rest(5);
      const running = runningRevisions(preview.snapshot().tasks);
      load.enter("during");
      const at = context.mark("broken migration");
      const health = watchHealth(preview);
      context.step("rolling out a version whose migration fails");
      const failed = await preview.deploy({ image: broken.folder });
      await context.untilSteady();
      const after = runningRevisions(preview.snapshot().tasks);
      context.step("rolling out a version with a migration, twice at once");
      context.mark("migration, twice");
      const first = preview.deploy({ image: good.folder });
      first.catch(() => {}); // the second takes its place
      const second = await preview.deploy({ image: good.folder });
      await first;
      const recoveredAt = await context.untilSteady();
      load.enter("after");
      await context.rest(5);
      const applied = await count(database, "SELECT FROM schema_migrations WHERE version = $1", good.version);
      const figures = await context.finish(load);
      return {
        checks: [
          ...loadChecks(figures),
          equals("failed requests", figures.failed, 0),
          // A drill that is shortened, as tests have it, shares the machine: costly reads may have to be turned away.
          ...(context.short ? [] : [equals("shed requests", figures.shed, 0)]),
          equals("rollout with the migration that fails", failed.rollout, "FAILED"),
          equals("revision of the tasks that stayed", after, running),
          equals("rollout with the migration that works", second.rollout, "COMPLETED"),
          equals("times that it was applied", applied, 1),
          equals(
            "tables that it made",
            await count(database, "SELECT FROM pg_class WHERE relname = $1", TABLE),
            1,
          ),
          atLeast("lowest share of healthy targets", health.stop(), 100, " %"),
        ],
        recoverSeconds: (recoveredAt - at) / 1000,
      };
    } finally {
      // The stack's own version comes back, and with it its schema.
      await preview.deploy({}).catch(() => {});
      await database.query(`DROP TABLE IF EXISTS ${TABLE}`);
      await database.query("DELETE FROM schema_migrations WHERE name LIKE '%preview_drill%'");
      await database.end();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** The image with one migration more: its sources in a folder of their own, its packages where they are. */
async function imageWith(
  { imageFolder }: Preview,
  folder: string,
  sql: string,
): Promise<{ folder: string; version: number }> {
  for (const part of ["src", "package.json"])
    await cp(join(imageFolder, part), join(folder, part), { recursive: true });
  await symlink(join(imageFolder, "..", "node_modules"), join(folder, "node_modules"));
  const migrations = join(folder, "src", "migrations");
  const version = (await readdir(migrations)).filter((name) => name.endsWith(".sql")).length + 1;
  await writeFile(join(migrations, `${String(version).padStart(4, "0")}_preview_drill.sql`), sql);
  return { folder, version };
}

async function count(database: pg.Client, query: string, value: unknown): Promise<number> {
  const { rowCount } = await database.query(query, [value]);
  return rowCount ?? 0;
}
