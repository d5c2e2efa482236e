import { readFileSync } from "node:fs";
import { constants, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "../../cli/user-error.ts";

/** The operating system's account that PostgreSQL runs as; undefined means the one that runs this process. */
export type Account = { uid: number; gid: number } | undefined;

/** The customary ids of `nobody`; used when the machine has neither that account nor `postgres`. */
const NOBODY = { uid: 65534, gid: 65534 };

/**
 * PostgreSQL refuses to run as root, so that a root user (a container, usually) hands the server to somebody
 * else: to the owner of an existing data folder, else to the account `postgres`, else to `nobody`.
 */
export async function chooseAccount(dataFolder: string): Promise<Account> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(dataFolder).catch(() => undefined);
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  return lookUp("postgres") ?? lookUp("nobody") ?? NOBODY;
}

function lookUp(name: string): Account {
  try {
    const line = readFileSync("/etc/passwd", "utf8")
      .split("\n")
      .find((entry) => entry.startsWith(`${name}:`));
    const [, , uid, gid] = line?.split(":") ?? [];
    return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Checks that the account can reach a path at all: each folder above it must be open to everybody (or be the
 * account's own), which root's home usually is not.
 *
 * @throws an error that names the closed folder and the command that opens it.
 */
export async function assertReachable(path: string, account: Account): Promise<void> {
  if (!account) return;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode, uid } = await stat(folder);
    const open =
      (mode & constants.S_IXOTH) !== 0 || (uid === account.uid && (mode & constants.S_IXUSR) !== 0);
    if (!open) {
      throw new UserError(
        `PostgreSQL may not run as root, and its account (uid ${account.uid}) cannot reach ${path}: ` +
          `run chmod o+x ${folder}, or work as an ordinary user.`,
      );
    }
    if (folder === dirname(folder)) break;
  }
}
