/** Finds a filesystem mirror of Terraform providers, and writes the CLI configuration that makes Terraform use it. */
import { type Dirent, readdirSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

const REGISTRY = "registry.terraform.io";
const PROVIDER = path.join(REGISTRY, "hashicorp", "aws");

/** Where Terraform itself looks without being told: https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories */
const impliedMirrors = (): string[] => [
  path.join(homedir(), ".terraform.d", "plugins"),
  path.join(process.env.XDG_DATA_HOME ?? path.join(homedir(), ".local", "share"), "terraform", "plugins"),
  "/usr/local/share/terraform/plugins",
  "/usr/share/terraform/plugins",
];

const SYSTEM_PREFIXES = ["/opt", "/usr/share", "/usr/local/share", "/usr/lib", "/usr/local/lib", "/var/lib"];

/** How far below a system prefix a mirror may lie. */
const DEPTH = 3;

export interface MirrorSearch {
  /** Looked at as they are. @default Terraform's implied mirror directories */
  readonly mirrors?: readonly string[];
  /** Searched one to three levels deep. @default the usual system prefixes */
  readonly prefixes?: readonly string[];
}

/**
 * The directory that holds `registry.terraform.io` with the AWS provider in it, the nearest to its prefix first;
 * undefined when there is none and the registry itself has to be asked.
 */
export function findProviderMirror(search: MirrorSearch = {}): string | undefined {
  const known = (search.mirrors ?? impliedMirrors()).find(holdsProvider);
  if (known) return known;
  let level = [...(search.prefixes ?? SYSTEM_PREFIXES)];
  for (let depth = 1; depth <= DEPTH; depth++) {
    level = level.flatMap(subdirectories);
    const found = level.find(
      (directory) => path.basename(directory) !== REGISTRY && holdsProvider(directory),
    );
    if (found) return found;
  }
  return (search.prefixes ?? SYSTEM_PREFIXES).find(holdsProvider);
}

/** The text of a CLI configuration that takes providers from the mirror, or from the registry when there is none. */
export function cliConfiguration(mirror: string | undefined): string {
  if (!mirror) return "provider_installation {\n  direct {}\n}\n";
  return `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`;
}

const holdsProvider = (directory: string): boolean =>
  subdirectories(path.join(directory, PROVIDER)).length > 0;

/** Directories in a directory, sorted; none where it cannot be read. */
function subdirectories(directory: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map((entry) => path.join(directory, entry.name))
    .sort();
}
