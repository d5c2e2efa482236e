/** A real preview of the real stack, for the tests of what works on one. */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DrillRunner, Preview } from "../../preview/contract/index.ts";
import { startPreview } from "../../preview/start.ts";

export interface Running {
  preview: Preview;
  stateFolder: string;
  close(): Promise<void>;
}

/** In a state folder of its own, on free ports, with a small catalogue. */
export async function runPreview(
  speed: number,
  makeDrills?: (preview: Preview) => DrillRunner,
): Promise<Running> {
  const stateFolder = await mkdtemp(join(tmpdir(), "preview-running-"));
  await chmod(stateFolder, 0o755); // where the tests run as root, PostgreSQL has an account of its own
  const removeState = () => rm(stateFolder, { recursive: true, force: true });
  try {
    const preview = await startPreview(
      { stateFolder, port: 0, speed, products: 300, bearSlowness: true },
      makeDrills,
    );
    const close = async () => {
      await preview.stop({ force: true });
      await removeState();
    };
    return { preview, stateFolder, close };
  } catch (error) {
    await removeState();
    throw error;
  }
}
