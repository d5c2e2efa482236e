/**
 * Draws the dashboards of the monitoring guide anew: `npm run dashboards`. Their figures are those of the drill `failover`, in a
 * preview of its own.
 */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findDrill } from "../drills/find-drill.ts";
import { runDrill } from "../drills/run.ts";
import { startPreview } from "../start.ts";

const IMAGES = join(import.meta.dirname, "../../docs/images");

const stateFolder = await mkdtemp(join(tmpdir(), "preview-dashboards-"));
await chmod(stateFolder, 0o755); // PostgreSQL has an account of its own where this runs as root
try {
  const preview = await startPreview({ stateFolder, port: 0, progress: console.error });
  try {
    await runDrill(preview, findDrill("failover"));
    for (const { name, svg } of preview.dashboards()) {
      const file = join(IMAGES, `${name.replace(/-[^-]+$/, "")}.svg`); // without the environment's suffix
      await writeFile(file, svg);
      console.log(file);
    }
  } finally {
    await preview.stop({ force: true });
  }
} finally {
  await rm(stateFolder, { recursive: true, force: true });
}
