/** An environment's settings, from one file and from nowhere else. */
import { randomUUID } from "node:crypto";
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { UserError } from "../../cli/user-error.ts";
import { readSettingsText, textOf, withSetting } from "./settings-text.ts";

export interface EnvironmentSettings {
  /** Undefined when the settings come from the shell, for want of a file. */
  readonly file: string | undefined;
  readonly suffix: string;
  /** Settings that are set, by their names. */
  readonly values: Readonly<Record<string, string>>;
  /** Settings that the shell has too, and that count for nothing. */
  readonly ignored: readonly string[];
  /** Every setting that there is: its value, or undefined to take it away. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** For child processes: the shell's environment, with these settings and no others. */
  readonly environment: NodeJS.ProcessEnv;
}

export interface SettingsSource {
  /** @default - the shell's environment */
  readonly file?: string | undefined;
  /** Overrides ENVIRONMENT_SUFFIX: for pipelines, which make many environments from one file. */
  readonly suffix?: string | undefined;
  /** Names of all settings that there are. */
  readonly known: readonly string[];
  /** @default process.env */
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * Reads the file; variables of AWS, Terraform and the system pass from the shell, settings do not, so that a line that is
 * deleted from the file is gone.
 *
 * @throws UserError for a file that is not there or not clear, for one that names no environment, and for a suffix that is given and
 *   empty: a line that was lost, or a variable that CI forgot to fill, would otherwise make it the default's environment
 */
export function readEnvironmentSettings(source: SettingsSource): EnvironmentSettings {
  const { file, suffix, known, environment = process.env } = source;
  const names = new Set(known);
  const inShell = Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => names.has(entry[0]) && entry[1] !== undefined,
    ),
  );
  const set: Record<string, string> = {
    ...(file === undefined ? inShell : readSettingsText(textOf(file), file, names)),
    ...(suffix !== undefined && { ENVIRONMENT_SUFFIX: suffix }),
  };
  if (file !== undefined && set.ENVIRONMENT_SUFFIX === undefined)
    throw new UserError(
      `${file} does not say which environment it is of: write ENVIRONMENT_SUFFIX into it, or give --suffix.`,
    );
  if (set.ENVIRONMENT_SUFFIX === "")
    throw new UserError(
      `${suffix === undefined ? "ENVIRONMENT_SUFFIX" : "--suffix"} is set and empty: name the environment, or leave it out.`,
    );
  const values = withoutEmpty(set);
  const system = Object.fromEntries(Object.entries(environment).filter(([name]) => !names.has(name)));
  return {
    file,
    suffix: values.ENVIRONMENT_SUFFIX ?? "dev",
    values,
    ignored: file === undefined ? [] : Object.keys(withoutEmpty(inShell)).sort(),
    variables: { ...Object.fromEntries(known.map((name) => [name, undefined])), ...values },
    environment: { ...system, ...values },
  };
}

/** An empty value counts as not set. */
const withoutEmpty = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));

/** Changes one setting in its file, in its line, and leaves all else as it stands. */
export function writeSetting(file: string, name: string, value: string): void {
  replaceText(file, withSetting(textOf(file), name, value));
}

/** What stands in the way of a file beside it that takes its place: a mount of its own, a folder or an owner that is not ours. */
const NO_EXCHANGE = new Set(["EACCES", "EBUSY", "EPERM", "EROFS", "EXDEV"]);

/**
 * In one step, so that a full disk or a kill leaves the file as it was; in place where the folder or the system allows nothing else.
 * A link stays one, a file keeps its owner, group and mode, and one that may not be written to stays as it is.
 */
export function replaceText(file: string, text: string): void {
  const target = realpathSync(file);
  accessSync(target, constants.W_OK);
  try {
    exchange(target, text);
  } catch (error) {
    if (!NO_EXCHANGE.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
    writeFileSync(target, text, { flag: "r+" });
    truncateSync(target, Buffer.byteLength(text));
  }
}

function exchange(target: string, text: string): void {
  const { uid, gid, mode } = statSync(target);
  const next = `${target}.${randomUUID()}`;
  try {
    writeFileSync(next, text, { flag: "wx", mode: 0o600 });
    chownSync(next, uid, gid);
    chmodSync(next, mode);
    renameSync(next, target);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}
