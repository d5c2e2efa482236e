import { accessSync, constants, existsSync, mkdirSync, readdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it, as `mkdir -p` does, and sees that files can be made in it. Node's own `recursive` never returns where
 * a file system takes no folders, as below /proc.
 *
 * @param mode of each folder that is made, before the umask. @default for everybody
 * @throws what the system refuses, with the path: see `systemErrorInWords`
 */
export function makeFolder(folder: string, mode = 0o777): void {
  try {
    mkdirSync(folder, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const above = dirname(folder);
    if (code === "EEXIST") readdirSync(folder);
    else if (code === "ENOENT" && !existsSync(above)) {
      makeFolder(above, mode);
      mkdirSync(folder, mode);
    } else throw error;
  }
  accessSync(folder, constants.W_OK | constants.X_OK);
}
