/** Child processes in process groups of their own, so that what they start ends with them. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";

/**
 * Starts a child as leader of a group: a terminal's Ctrl-C reaches this process only, which then stops things in order.
 * Should this process end without having done so, the group is killed.
 */
export function spawnGroup(executable: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(executable, args, { ...options, detached: true });
  const killIt = () => signal(child, "SIGKILL");
  process.once("exit", killIt);
  child.once("exit", () => process.off("exit", killIt));
  return child;
}

/** Kills the group of a child, and waits until the child has ended. */
export async function killGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  signal(child, "SIGKILL");
  await ended;
}

function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, name);
  } catch {
    // It ended by itself in the meantime.
  }
}
