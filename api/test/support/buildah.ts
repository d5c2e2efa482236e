import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, cp, glob, mkdir, realpath, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const findExecutable = (name: string): string | undefined =>
  (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));

/** What a container of the image would be started with (OCI image specification, config.md). */
export interface ImageConfig {
  workdir: string;
  user: string;
  env: Record<string, string>;
  entrypoint: string[];
  cmd: string[];
  exposed: string[];
}

/** Why no image can be built on this machine, or false when one can. With CI=true it must be possible. */
export function buildahMissing(): string | false {
  if (process.env.CI === "true") return false;
  if (process.platform !== "linux") return "needs Linux";
  return findExecutable("buildah") ? false : "needs Buildah: apt-get install buildah";
}

/** Debian's Buildah: no daemon, no registry, and nothing that a container would not be allowed. Its images stay in the folder. */
export class Buildah {
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;

  /** @param folder an empty one */
  constructor(folder: string) {
    this.#folder = folder;
    this.#env = {
      ...process.env,
      HOME: folder,
      XDG_RUNTIME_DIR: folder,
      BUILDAH_ISOLATION: "chroot",
      STORAGE_DRIVER: "vfs",
      CONTAINERS_STORAGE_CONF: join(folder, "storage.conf"),
    };
  }

  /**
   * Builds an image, and writes its file system into a folder.
   *
   * @param base image that `NODE_IMAGE` stands for. @default the Dockerfile's own
   */
  async build(dockerfile: string, context: string, root: string, base?: string): Promise<ImageConfig> {
    const tag = `localhost/${root.split("/").at(-1)!.toLowerCase()}`;
    await this.#do([
      "build",
      ...["--file", dockerfile, "--tag", tag, "--output", `type=local,dest=${root}`],
      ...(base === undefined ? [] : ["--build-arg", `NODE_IMAGE=${base}`, ...(await npmsOwn())]),
      context,
    ]);
    const { stdout } = await this.#do(["inspect", "--type", "image", tag]);
    const { config } = JSON.parse(stdout).OCIv1;
    return {
      workdir: config.WorkingDir ?? "/",
      user: config.User ?? "",
      env: Object.fromEntries(
        ((config.Env ?? []) as string[]).map((each) => [
          each.split("=")[0],
          each.slice(each.indexOf("=") + 1),
        ]),
      ),
      entrypoint: config.Entrypoint ?? [],
      cmd: config.Cmd ?? [],
      exposed: Object.keys(config.ExposedPorts ?? {}),
    };
  }

  /**
   * In place of node:26-slim, which only a registry has: this machine's Node and npm, a shell, and the libraries that they need.
   *
   * @returns its name
   */
  async fakeBase(): Promise<string> {
    const context = join(this.#folder, "base");
    const root = join(context, "root");
    const npm = dirname(dirname(await realpath(findExecutable("npm")!)));
    const programs = {
      "/usr/local/bin/node": process.execPath,
      "/bin/sh": "/bin/sh",
      "/usr/bin/env": "/usr/bin/env",
    };
    const { stdout } = await run("ldd", Object.values(programs));
    const libraries = [...new Set(stdout.match(/\/\S+\.so\S*/g))].map((path) => [path, path]);
    for (const [inside, outside] of [...Object.entries(programs), ...libraries] as [string, string][]) {
      await mkdir(dirname(join(root, inside)), { recursive: true });
      await copyFile(await realpath(outside), join(root, inside));
    }
    await cp(npm, join(root, "usr/local/lib/node_modules/npm"), { recursive: true });
    await symlink("../lib/node_modules/npm/bin/npm-cli.js", join(root, "usr/local/bin/npm"));
    await mkdir(join(root, "tmp"));
    const env = [`PATH=${["/usr/local/bin", "/usr/bin", "/bin"].join(delimiter)}`];
    // npm's own setting too, which it tells its scripts: where a proxy signs for the registry, it would try for two minutes.
    const authorities = process.env.NODE_EXTRA_CA_CERTS ?? process.env.npm_config_cafile;
    if (authorities) {
      await copyFile(authorities, join(root, "authorities.pem"));
      env.push("NODE_EXTRA_CA_CERTS=/authorities.pem");
    }
    const registry = process.env.npm_config_registry;
    if (registry) env.push(`npm_config_registry=${registry}`);
    await writeFile(
      join(context, "Dockerfile"),
      `FROM scratch\nCOPY root /\nENV ${env.join(" ")}\nENTRYPOINT ["/bin/sh"]\n`,
    );
    const name = "localhost/node";
    await this.#do(["build", "--tag", name, context]);
    return name;
  }

  async #do(args: string[]): Promise<{ stdout: string }> {
    await writeFile(
      this.#env.CONTAINERS_STORAGE_CONF!,
      `[storage]\ndriver = "vfs"\nrunroot = "${this.#folder}/run"\ngraphroot = "${this.#folder}/images"\n`,
    );
    return run("buildah", args, { env: this.#env, maxBuffer: 64 * 1_048_576 });
  }
}

/** What npm has fetched already, and how it is configured: of the home directory, which in the container is the root. */
async function npmsOwn(): Promise<string[]> {
  const cache = process.env.npm_config_cache ?? join(homedir(), ".npm");
  await mkdir(cache, { recursive: true });
  const settings = join(homedir(), ".npmrc");
  return [
    ...["--volume", `${cache}:/.npm`],
    ...(existsSync(settings) ? ["--volume", `${settings}:/.npmrc:ro`] : []),
  ];
}

/** All files below a folder, relative to it; links are not followed. */
export const filesBelow = (folder: string): Promise<string[]> =>
  Array.fromAsync(glob("**/*", { cwd: folder }));
