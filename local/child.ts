/** Child processes that end with this one, however it ends. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";

export interface GuardOptions {
  /** What ends the child when this process is gone. @default "KILL" */
  readonly signal?: "INT" | "TERM" | "KILL";
  /** How long the child may take to end by `signal`, before it is killed. @default 5 */
  readonly timeoutSeconds?: number;
  /** A folder to remove once the child has ended. @default none */
  readonly removing?: string;
}

/** Waits for its standard input to end, as the kernel sees to when this process is gone; then ends the process group. */
const SCRIPT = `
read -r _
kill -s "$1" -- "-$0" 2>/dev/null
left=$(($2 * 5))
while [ "$left" -gt 0 ] && kill -s 0 -- "-$0" 2>/dev/null; do
  sleep 0.2
  left=$((left - 1))
done
kill -s KILL -- "-$0" 2>/dev/null
[ -z "$3" ] || rm -rf -- "$3"
`;

/**
 * Starts a program as the leader of a process group of its own: a terminal's Ctrl-C reaches this process alone, which then
 * stops things in order, and what the program starts ends with it. When this process ends without having stopped it, even
 * by SIGKILL, a guard does.
 */
export function spawnGuarded(
  program: string,
  args: readonly string[],
  options: SpawnOptions & { readonly guard?: GuardOptions } = {},
): ChildProcess {
  const { guard: how, ...rest } = options;
  const child = spawn(program, args, { ...rest, detached: true });
  if (child.pid !== undefined) child.once("exit", guard(child.pid, how));
  return child;
}

/**
 * A shell in a session of its own holds the other end of a pipe.
 *
 * @returns ends the guard and leaves the group alone
 */
function guard(
  group: number,
  { signal = "KILL", timeoutSeconds = 5, removing = "" }: GuardOptions = {},
): () => void {
  const shell = spawn("/bin/sh", ["-c", SCRIPT, String(group), signal, String(timeoutSeconds), removing], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    cwd: "/",
  });
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  shell.on("error", () => {}); // on a machine without /bin/sh nothing is guarded
  shell.stdin.on("error", () => {});
  return () => shell.kill("SIGKILL");
}

/** Kills the group of a child that leads one, and waits until the child has ended. */
export async function killGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  signalGroup(child, "SIGKILL");
  await ended;
}

/** Sends a signal to all of a child's group; nothing when it has ended already. */
export function signalGroup({ pid }: ChildProcess, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, name);
  } catch {} // it ended by itself in the meantime
}
