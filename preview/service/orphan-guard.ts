import { type ChildProcess, spawn } from "node:child_process";
import { platform } from "node:os";

/**
 * Waits for its standard input to end, which the kernel sees to when this process is gone, however it went; then
 * kills the process group.
 */
const script = `read -r _; kill -s KILL -- "-$0" 2>/dev/null`;

/**
 * Makes sure that a process group does not outlive this process. A shell in a session of its own, so that Ctrl-C does
 * not end it first, holds the other end of a pipe. Windows has no such shell; there nothing is guarded.
 *
 * @returns a function that ends the guard and leaves the group alone.
 */
export function guardAgainstOrphans(groupId: number): () => void {
  if (platform() === "win32") return () => {};
  const shell: ChildProcess = spawn("/bin/sh", ["-c", script, String(groupId)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    cwd: "/",
  });
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  shell.on("error", () => {}); // a machine without /bin/sh: as on Windows
  shell.stdin!.on("error", () => {});
  return () => shell.kill("SIGKILL");
}
