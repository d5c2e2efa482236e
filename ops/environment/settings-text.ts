/** The text of a settings file: lines of `NAME=value`, as `.env` files have them. */
import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { UserError } from "../../cli/user-error.ts";

/** `export` and spaces before the name are a shell's, and count for nothing. */
export const ASSIGNMENT = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*/;

/**
 * One value, and no more: in quotes, or without any. What else parsers of such files take, each in its own way, is refused: text behind
 * a quoted value, a quote that is not closed, a `#` that may or may not begin a comment.
 */
const VALUE = /^(?:(?:'[^']*'|"[^"]*")\s*|[^'"`#]*)(?:(?<=^|\s)#.*)?$/;

/** Whether a line sets nothing. */
const isBlank = (line: string) => /^\s*(?:#|$)/.test(line);

/** @throws UserError for a file that is not there or no text */
export function textOf(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new UserError(
      missing
        ? `There is no settings file '${file}': give one with --settings.`
        : `The settings file '${file}' cannot be read: ${(error as Error).message}.`,
    );
  }
  try {
    // Takes a byte order mark off, which some editors write and a name would begin with.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {}
  throw new UserError(`The settings file '${file}' is not in UTF-8: save it so.`);
}

/**
 * The settings of a text, by their names, empty ones too.
 *
 * @param file named in messages
 * @throws UserError for a line that is no assignment, an unknown or repeated name, a value of unclear extent
 */
export function readSettingsText(
  text: string,
  file: string,
  names: ReadonlySet<string>,
): Record<string, string> {
  const lines = new Map<string, number>();
  const values: Record<string, string> = {};
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    if (isBlank(line)) continue;
    const where = `${file}, line ${index + 1}`;
    const [assignment, name] = ASSIGNMENT.exec(line) ?? [];
    if (!name) throw new UserError(`${where}: '${shown(line)}' is no setting: write NAME=value.`);
    if (!names.has(name))
      throw new UserError(`${where}: there is no setting '${name}'.${didYouMean(name, names)}`);
    const before = lines.get(name);
    if (before)
      throw new UserError(`${where}: '${name}' is set in line ${before} already: keep one of them.`);
    if (!VALUE.test(line.slice(assignment!.length)))
      throw new UserError(
        `${where}: where the value of '${name}' ends is not clear: write it in quotes, as ${name}='value'.`,
      );
    lines.set(name, index + 1);
    values[name] = parseEnv(line)[name] ?? "";
  }
  return values;
}

/** The text with one setting changed in its line, or added, and all else as it stands. */
export function withSetting(text: string, name: string, value: string): string {
  const quoted = /^[\w./:@+-]*$/.test(value) ? value : `'${value}'`;
  const parts = text.split(/(\r\n|\r|\n)/); // lines and their ends, in turn
  const at = parts.findIndex((line) => ASSIGNMENT.exec(line)?.[1] === name);
  const [, end = "\n"] = parts;
  if (at >= 0) parts[at] = `${/^\s*(?:export\s+)?/.exec(parts[at]!)![0]}${name}=${quoted}`;
  else if (parts.at(-1) === "") parts.push(`${name}=${quoted}`, end);
  else parts.push(end, `${name}=${quoted}`);
  return parts.join("");
}

/** The beginning of a line, without what a terminal would take for a command. */
const shown = (line: string) => line.trim().slice(0, 80).replaceAll(/\p{C}/gu, "\u{fffd}");

/** The known name that is fewest changes away, if it is near. */
function didYouMean(name: string, names: ReadonlySet<string>): string {
  const near = [...names]
    .map((known) => ({ known, distance: editDistance(name.toUpperCase(), known) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return near && near.distance <= 3 ? ` Did you mean ${near.known}?` : " docs/SETTINGS.md has them all.";
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
