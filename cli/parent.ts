/** A command ends with whoever started it. */
import { readFileSync } from "node:fs";
import { endsInOwnTime, exitCodeOf, interrupted } from "./interruption.ts";

const LOOK_MS = 500;
/** How long the command may take to end in order, once its parent is gone. */
const TIMEOUT_MS = 5_000;

/**
 * Sends this process SIGTERM when its parent is gone, and ends it when that has not within five seconds, unless it takes the time
 * that it needs. `kill` ends npm and leaves what npm started; the operating system then gives the orphan to another parent, which
 * shows here. A terminal that is closed ends the shell and tells the command itself: told once more, it would end at once.
 */
export function endWithParent(): void {
  const parent = process.ppid;
  const npm = npmBehindShell();
  const timer = setInterval(() => {
    if (process.ppid === parent && (npm === undefined || isAlive(npm))) return;
    clearInterval(timer);
    if (!interrupted()) process.kill(process.pid, "SIGTERM");
    const end = () => endsInOwnTime() || process.exit(exitCodeOf("SIGTERM"));
    setTimeout(end, TIMEOUT_MS).unref();
  }, LOOK_MS);
  timer.unref();
}

/**
 * npm runs a script by a shell. Most shells become the only command that they are given (dash since 0.5.11, bash, zsh),
 * so that npm is the parent; behind another, which waits, npm is the parent's parent.
 */
function npmBehindShell(): number | undefined {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const [, command, parent] = /^\d+ \((.*)\) \S (\d+)/.exec(read(`/proc/${process.ppid}/stat`)) ?? [];
  return command && /^(?:ba|da|z|k|a)?sh$|^busybox$/.test(command) ? Number(parent) : undefined;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // not Linux
  }
}

/** Whether there is such a process; one of somebody else's may not be signalled, and is alive. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
