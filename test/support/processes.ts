import { readFileSync } from "node:fs";

/** Whether a process runs. A zombie has ended: nobody may ever collect it where no init does (in a container, say). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !/^ [ZX]/.test(stat.slice(stat.lastIndexOf(")") + 1));
  } catch {
    return process.platform !== "linux"; // gone since; elsewhere there is no /proc
  }
}
