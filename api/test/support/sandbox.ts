import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Why a container cannot be imitated on this machine, or false when it can. With CI=true it always can: a test that
 * nobody runs proves nothing.
 */
export function sandboxMissing(): string | false {
  if (process.env.CI === "true") return false;
  if (process.platform !== "linux") return "needs Linux";
  const { status, error } = spawnSync("bwrap", ["--unshare-all", "--ro-bind", "/", "/", "true"]);
  if (error) return "needs bubblewrap: apt-get install bubblewrap";
  return status === 0 ? false : "bubblewrap may not make user namespaces here";
}

/**
 * Starts a program as a container runtime with a read-only root file system would, on the image's own files: none of this machine's,
 * no rights, and this machine's network.
 */
export function runInSandbox(options: {
  /** The image's file system. */
  root: string;
  /** "uid:gid" */
  user: string;
  workdir: string;
  env: Record<string, string>;
  command: string[];
  /** Further files, path inside → path outside. */
  files?: Record<string, string>;
}): ChildProcess {
  const [uid, gid] = options.user.split(":");
  const bind = (outside: string, inside: string) => ["--ro-bind", outside, inside];
  // At the top of the file system nothing can be bound over, so each part of it is by itself.
  const parts = readdirSync(options.root).filter((name) => !["proc", "dev"].includes(name));
  const args = [
    ...["--unshare-all", "--share-net", "--die-with-parent", "--as-pid-1", "--info-fd", "3"],
    ...["--cap-drop", "ALL", "--uid", uid!, "--gid", gid!],
    ...parts.flatMap((name) => bind(join(options.root, name), `/${name}`)),
    ...Object.entries(options.files ?? {}).flatMap(([inside, outside]) => bind(outside, inside)),
    ...["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/", "--chdir", options.workdir, "--clearenv"],
    ...Object.entries(options.env).flatMap(([name, value]) => ["--setenv", name, value]),
    ...options.command,
  ];
  return spawn("bwrap", args, { stdio: ["ignore", "pipe", "pipe", "pipe"] });
}

/** The id, outside, of the program that {@link runInSandbox} started: bubblewrap passes no signals on. */
export function programId(sandbox: ChildProcess): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let info = "";
  // Not read to its end, since the program inherits the pipe.
  sandbox.stdio[3]?.on("data", (chunk) => {
    info += chunk;
    if (info.includes("}")) resolve(JSON.parse(info)["child-pid"]);
  });
  sandbox.on("exit", (code) => reject(new Error(`bubblewrap ended with exit code ${code}`)));
  return promise;
}
