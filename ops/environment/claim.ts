/** One command at a time works in an environment's folder: of two, each would apply the plan that the other has made. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { isAlive } from "../../cli/parent.ts";
import { UserError } from "../../cli/user-error.ts";

/** Holds the id of the process whose folder it is. */
const FILE = "command.pid";

/** What this process holds; it lets go of it when it ends. One that is killed leaves its file, and is known to be gone. */
const held = new Set<string>();
process.once("exit", () => {
  for (const file of held) rmSync(file, { force: true });
});

/** @throws UserError while another process, which is alive, holds it */
export function claim(folder: string): void {
  const file = path.join(folder, FILE);
  while (!held.has(file)) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      held.add(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      refuseWhileAlive(file, folder);
      rmSync(file, { force: true });
    }
  }
}

function refuseWhileAlive(file: string, folder: string): void {
  const pid = holderOf(file);
  // In a container the next command has often the same id as the one that was killed.
  if (pid === undefined || pid === process.pid || !isAlive(pid)) return;
  throw new UserError(
    `Another command works on '${path.basename(folder)}' here, in process ${pid}: wait until it has ended. Where that is no bin/catalog, delete ${file}.`,
  );
}

/** Undefined when it has let go of the folder just now. */
function holderOf(file: string): number | undefined {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
