/** The programs that a rehearsal needs and that npm cannot install: Terraform or OpenTofu, and moto. */
import { execFileSync } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import path from "node:path";
import { styleText } from "node:util";
import { UserError } from "../cli/user-error.ts";

/** Write-only arguments, by which no secret reaches the state, came with 1.11. */
const MINIMUM = [1, 11] as const;

const ROOT = path.resolve(import.meta.dirname, "..");
const REQUIREMENTS = readFileSync(path.join(ROOT, ".ci", "requirements.txt"), "utf8");
const MOTO_VERSION = /^moto\S*==(\S+)$/m.exec(REQUIREMENTS)![1]!;
const INSTALL_PYTHON = "run python3 -m venv .venv && .venv/bin/pip install -r .ci/requirements.txt";
const INSTALL_CHECKOV =
  "run python3 -m venv .venv-checkov && .venv-checkov/bin/pip install -r .ci/requirements-checkov.txt";

/** Something is not installed; the message says what to install. */
export class MissingTool extends UserError {}

export interface Tools {
  readonly terraform: string;
  /** As the user knows it: `Terraform 1.11.4`. */
  readonly terraformName: string;
  readonly moto: string;
  /** `moto 5.2.5` */
  readonly motoName: string;
}

/** @throws MissingTool with what to install */
export function findTools(searchPath = process.env.PATH ?? ""): Tools {
  return { ...findTerraform(searchPath), ...findMoto(searchPath) };
}

/**
 * What `find` finds; undefined, and a line that says why, when a program is missing. A skip must never pass for a success
 * in CI: there it is a failure.
 *
 * @param what is skipped
 * @throws MissingTool when CI=true
 */
export function skipWithout<T>(what: string, find: () => T): T | undefined {
  try {
    return find();
  } catch (error) {
    if (!(error instanceof MissingTool) || process.env.CI === "true") throw error;
    const label = styleText("yellow", `${what} skipped:`, { stream: process.stderr });
    process.stderr.write(`${label} ${error.message}\n`);
    return undefined;
  }
}

/**
 * moto_server of this checkout's `.venv`, else of the PATH. What the corrections put right differs from release to release,
 * so that the one which .ci/requirements.txt pins is the only one that the rehearsal can stand on.
 *
 * @throws MissingTool with what to install
 */
export function findMoto(
  searchPath = process.env.PATH ?? "",
  venv = path.join(ROOT, ".venv", "bin"),
): Pick<Tools, "moto" | "motoName"> {
  const moto = findExecutable("moto_server", [venv, searchPath].join(path.delimiter));
  if (!moto) throw new MissingTool(`moto ${MOTO_VERSION} is not installed: ${INSTALL_PYTHON}.`);
  const version = motoVersion(moto, searchPath);
  if (version !== MOTO_VERSION) {
    const found = version ? `moto ${version}` : "a moto of unknown version";
    throw new MissingTool(`${moto} is ${found}, and moto ${MOTO_VERSION} is needed: ${INSTALL_PYTHON}.`);
  }
  return { moto, motoName: `moto ${version}` };
}

/**
 * checkov of this checkout's `.venv-checkov`, else of the PATH.
 *
 * @throws MissingTool with what to install
 */
export function findCheckov(
  searchPath = process.env.PATH ?? "",
  venv = path.join(ROOT, ".venv-checkov", "bin"),
): { readonly checkov: string } {
  const checkov = findExecutable("checkov", [venv, searchPath].join(path.delimiter));
  if (!checkov) throw new MissingTool(`checkov is not installed: ${INSTALL_CHECKOV}.`);
  return { checkov };
}

/**
 * The AWS CLI of this checkout's `.venv`, else of the PATH.
 *
 * @throws MissingTool with what to install
 */
export function findAwsCli(
  searchPath = process.env.PATH ?? "",
  venv = path.join(ROOT, ".venv", "bin"),
): { readonly aws: string } {
  const aws = findExecutable("aws", [venv, searchPath].join(path.delimiter));
  if (!aws) throw new MissingTool(`The AWS CLI is not installed: ${INSTALL_PYTHON}.`);
  return { aws };
}

/** moto_server does not tell its version, but the Python that runs it does. */
function motoVersion(moto: string, searchPath: string): string | undefined {
  const [, interpreter] = /^#!(\S*python\S*)\n/.exec(readFileSync(moto, "utf8").slice(0, 256)) ?? [];
  const python = interpreter ?? findExecutable("python3", searchPath);
  if (!python) return undefined;
  const program = "from importlib.metadata import version; print(version('moto'))";
  try {
    return execFileSync(python, ["-c", program], {
      encoding: "utf8",
      env: { ...process.env, PATH: searchPath },
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return undefined;
  }
}

/** @throws MissingTool with what to install */
export function findTerraform(
  searchPath = process.env.PATH ?? "",
): Pick<Tools, "terraform" | "terraformName"> {
  const seen: string[] = [];
  for (const name of ["terraform", "tofu"]) {
    const terraform = findExecutable(name, searchPath);
    if (!terraform) continue;
    const version = versionOf(terraform);
    const terraformName = `${name === "tofu" ? "OpenTofu" : "Terraform"} ${version}`;
    if (isEnough(version)) return { terraform, terraformName };
    seen.push(terraformName);
  }
  const have = seen.length > 0 ? ` (found ${seen.join(" and ")})` : "";
  throw new MissingTool(
    `Terraform or OpenTofu ${MINIMUM.join(".")} or later is not on the PATH${have}: install one.`,
  );
}

function versionOf(terraform: string): string {
  try {
    const environment = { ...process.env, TF_CLI_CONFIG_FILE: "/dev/null", CHECKPOINT_DISABLE: "1" };
    const output = execFileSync(terraform, ["version", "-json"], {
      encoding: "utf8",
      env: environment,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return (JSON.parse(output) as { terraform_version: string }).terraform_version;
  } catch {
    return "of unknown version";
  }
}

const isEnough = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1]);
};

/** @param searchPath folders, as in PATH */
export function findExecutable(name: string, searchPath: string): string | undefined {
  return searchPath
    .split(path.delimiter)
    .filter(Boolean)
    .map((directory) => path.join(directory, name))
    .find((candidate) => {
      try {
        accessSync(candidate, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
