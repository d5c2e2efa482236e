import { accessSync, constants, existsSync, mkdirSync, readdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it, as `mkdir -p` does, and sees that files can be made in it. Node's own `recursive` never returns where
 * a file system takes no folders, as below /proc.
 *
 * @throws what the system refuses, with the path: see `systemErrorInWords`
 */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const above = dirname(folder);
    if (code === "EEXIST") readdirSync(folder);
    else if (code === "ENOENT" && !existsSync(above)) {
      makeFolder(above);
      mkdirSync(folder);
    } else throw error;
  }
  accessSync(folder, constants.W_OK | constants.X_OK);
}
