import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const SYSTEM_LIBRARIES = ["/lib", "/lib64", "/usr/lib", "/usr/lib64"];

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
 * Starts a program as a container runtime with a read-only root file system would: the image's `/app`, this
 * machine's Node and the libraries that it needs, and nothing else: no shell, no package manager, no /tmp, no /etc.
 */
export function runInSandbox(options: {
  /** Becomes /app. */
  app: string;
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
  const args = [
    ...["--unshare-all", "--share-net", "--die-with-parent", "--as-pid-1", "--info-fd", "3"],
    ...["--cap-drop", "ALL", "--uid", uid!, "--gid", gid!],
    ...SYSTEM_LIBRARIES.filter((folder) => existsSync(folder)).flatMap((folder) => bind(folder, folder)),
    ...bind(process.execPath, "/usr/local/bin/node"),
    ...bind(options.app, "/app"),
    ...Object.entries(options.files ?? {}).flatMap(([inside, outside]) => bind(outside, inside)),
    ...["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/", "--chdir", options.workdir, "--clearenv"],
    ...Object.entries({ PATH: "/usr/local/bin", ...options.env }).flatMap(([name, value]) => [
      "--setenv",
      name,
      value,
    ]),
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
