/** What a command prints: its result on standard output, as text or as JSON, and what goes on on standard error. */
import { stripVTControlCharacters, styleText } from "node:util";
import { Option } from "@commander-js/extra-typings";

/** Of every command that has a result. */
export const jsonOption = new Option("--json", "print the result as JSON, one value a line");

/** Prints a result: with `--json` as one line of it, else as the text that `toText` makes of it. */
export function printResult<T>(result: T, json: boolean | undefined, toText: (result: T) => string): void {
  const text = json ? JSON.stringify(result) : toText(result);
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

/** Tells a person what goes on, and leaves standard output to the result. What is in colour for the one is so for the other only where it may be. */
export function say(line: string): void {
  const { stderr } = process;
  const isInColour = styleText("bold", "x", { stream: stderr }) !== "x";
  stderr.write(`${isInColour ? line : stripVTControlCharacters(line)}\n`);
}
