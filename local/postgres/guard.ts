import { type ChildProcess, spawn } from "node:child_process";
import { platform } from "node:os";

/**
 * Waits for its standard input to end, which the kernel does when this process is gone, however it went; then
 * stops the server, and removes its data folder when that was a temporary one.
 */
const SCRIPT = `
read -r _
kill -INT "$0" 2>/dev/null || exit 0
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  kill -0 "$0" 2>/dev/null || break
  sleep 0.25
done
[ -z "$1" ] || rm -rf -- "$1"
`;

/**
 * Makes sure that the server does not outlive this process, even when that is killed: a shell of its own session
 * (so that a Ctrl-C in the terminal does not end it first) holds the other end of a pipe. Windows has no such
 * shell; there the server is only stopped by `stop`.
 *
 * @param temporaryFolder removed once the server has stopped.
 * @returns a function that ends the guard and leaves the server alone.
 */
export function guard(serverPid: number, temporaryFolder: string | undefined): () => void {
  if (platform() === "win32") return () => {};
  const shell: ChildProcess = spawn("/bin/sh", ["-c", SCRIPT, String(serverPid), temporaryFolder ?? ""], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    cwd: "/",
  });
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  shell.on("error", () => {}); // a machine without /bin/sh: as on Windows
  shell.stdin?.on("error", () => {});
  return () => shell.kill("SIGKILL");
}
