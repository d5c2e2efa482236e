/** Processes that stand still for a while: what a stalled volume or a frozen machine looks like from outside. */
import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Stops the processes and their children, says so, waits for its standard input to end, and lets them go on. A parent
 * is stopped before its children are listed: it starts no others then.
 */
const SCRIPT = `
for parent do
  kill -s STOP "$parent" 2>/dev/null
  all="$all $parent $(cat "/proc/$parent/task/$parent/children" 2>/dev/null || pgrep -P "$parent")"
done
for pid in $all; do kill -s STOP "$pid" 2>/dev/null; done
echo
read -r _
for pid in $all; do kill -s CONT "$pid" 2>/dev/null; done
`;

/**
 * Makes processes stand still, with their children. They go on when `thaw` is called or this process ends, even by SIGKILL: a
 * shell in a session of its own sees to it. Those that have ended meanwhile are left out.
 *
 * @returns lets them go on; safe to call twice.
 */
export async function freeze(pids: readonly number[]): Promise<() => Promise<void>> {
  const shell = spawn("/bin/sh", ["-c", SCRIPT, "freeze", ...pids.map(String)], {
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
    cwd: "/",
  });
  const ended = once(shell, "exit");
  await Promise.race([once(shell.stdout, "data"), ended]);
  return async () => {
    shell.stdin.end();
    await ended;
  };
}
