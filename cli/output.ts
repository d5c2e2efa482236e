/** What a command prints: its result on standard output, as text or as JSON, and what goes on on standard error. */
import { Option } from "@commander-js/extra-typings";

/** Of every command that has a result. */
export const jsonOption = new Option("--json", "print the result as JSON, one value a line");

/** Prints a result: with `--json` as one line of it, else as the text that `toText` makes of it. */
export function printResult<T>(result: T, json: boolean | undefined, toText: (result: T) => string): void {
  const text = json ? JSON.stringify(result) : toText(result);
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

/** Tells a person what goes on, and leaves standard output to the result. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
