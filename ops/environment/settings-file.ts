/** An environment's settings, from one file and from nowhere else. */
import { readFileSync, writeFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { UserError } from "../../cli/user-error.ts";

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

const ASSIGNMENT = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=/;

/**
 * Reads the file; variables of AWS, Terraform and the system pass from the shell, settings do not, so that a line that is
 * deleted from the file is gone.
 *
 * @throws UserError for a file that is not there, a line that is no assignment, an unknown or repeated name
 */
export function readEnvironmentSettings(source: SettingsSource): EnvironmentSettings {
  const { file, suffix, known, environment = process.env } = source;
  const names = new Set(known);
  const inShell = Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => names.has(entry[0]) && !!entry[1],
    ),
  );
  const values = {
    ...(file === undefined ? inShell : read(file, names)),
    ...(suffix && { ENVIRONMENT_SUFFIX: suffix }),
  };
  const system = Object.fromEntries(Object.entries(environment).filter(([name]) => !names.has(name)));
  return {
    file,
    suffix: values.ENVIRONMENT_SUFFIX || "dev",
    values,
    ignored: file === undefined ? [] : Object.keys(inShell).sort(),
    variables: { ...Object.fromEntries(known.map((name) => [name, undefined])), ...values },
    environment: { ...system, ...values },
  };
}

function read(file: string, names: ReadonlySet<string>): Record<string, string> {
  const text = textOf(file);
  const lines = new Map<string, number>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const where = `${file}, line ${index + 1}`;
    if (/^\s*(?:#|$)/.test(line)) continue;
    const name = ASSIGNMENT.exec(line)?.[1];
    if (!name) throw new UserError(`${where}: '${line.trim()}' is no setting: write NAME=value.`);
    if (!names.has(name))
      throw new UserError(`${where}: there is no setting '${name}'.${didYouMean(name, names)}`);
    const before = lines.get(name);
    if (before)
      throw new UserError(`${where}: '${name}' is set in line ${before} already: keep one of them.`);
    lines.set(name, index + 1);
  }
  // An empty value counts as not set, as in the shell's environment.
  return Object.fromEntries(
    Object.entries(parseEnv(text)).filter((entry): entry is [string, string] => !!entry[1]),
  );
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new UserError(
      missing
        ? `There is no settings file '${file}': give one with --settings.`
        : `The settings file '${file}' cannot be read: ${(error as Error).message}.`,
    );
  }
}

/** Changes one setting in its file, in its line, and leaves all else as it stands. */
export function writeSetting(file: string, name: string, value: string): void {
  const lines = textOf(file).split("\n");
  const at = lines.findIndex((line) => ASSIGNMENT.exec(line)?.[1] === name);
  const quoted = /^[\w./:@+-]*$/.test(value) ? value : `'${value}'`;
  if (at >= 0) lines[at] = `${/^\s*(?:export\s+)?/.exec(lines[at]!)![0]}${name}=${quoted}`;
  else lines.splice(lines.at(-1) === "" ? -1 : lines.length, 0, `${name}=${quoted}`);
  writeFileSync(file, lines.join("\n"));
}

/** The known name that is fewest changes away, if it is near. */
function didYouMean(name: string, names: ReadonlySet<string>): string {
  const near = [...names]
    .map((known) => ({ known, distance: editDistance(name.toUpperCase(), known) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return near && near.distance <= 3 ? ` Did you mean ${near.known}?` : " The README has them all.";
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, left] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, right] of [...b].entries())
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (left === right ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
