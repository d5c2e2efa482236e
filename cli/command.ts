/**
 * The skeleton of every command line of this project, on Commander: options and arguments with their help, one line for a
 * user's mistake, exit codes that the help names, colours on terminals only, and an end with whoever started it.
 */

import { styleText } from "node:util";
import { Command, CommanderError, InvalidArgumentError } from "@commander-js/extra-typings";
import { exitCodeOf, interrupted } from "./interruption.ts";
import { endWithParent } from "./parent.ts";
import { systemErrorInWords } from "./system-error.ts";
import { isUserError } from "./user-error.ts";

const PROGRAM = "bin/catalog";
const HELP_WIDTH = 120;

/**
 * A command, to be given options, arguments and an action in Commander's way. What the action throws decides the exit
 * code; an action that has done its work, but found something wrong, sets `process.exitCode` to 1.
 *
 * @param verb its name on the command line; the whole line, when the command is no verb of `bin/catalog`
 * @param exits what an exit code means. @default 0 for done, 1 for a failure or a mistake in how the command was called, 130 for one that
 *   was ended
 */
export function command(verb: string, exits: Readonly<Record<number, string>> = {}) {
  const name = verb.includes(" ") ? verb : `${PROGRAM} ${verb}`.trimEnd();
  const made = new Command(name)
    .helpOption("-h, --help", "print this")
    .exitOverride()
    .configureHelp({
      helpWidth: Math.min(process.stdout.columns ?? HELP_WIDTH, HELP_WIDTH),
      styleTitle: bold,
    })
    .configureOutput({ outputError: () => {} }); // `run` says it, once
  const codes = { ...EXITS, ...exits };
  const lines = Object.entries(codes).map(([code, meaning]) => `  ${code.padEnd(4)} ${meaning}`);
  const json = () =>
    made.options.some(({ long }) => long === JSON_OPTION)
      ? `\n\nWith ${JSON_OPTION} standard output has nothing but JSON: where there is no result, {"error": "why"}.`
      : "";
  return verb === ""
    ? made
    : made.addHelpText("after", () => `\n${bold("Exit codes:")}\n${lines.join("\n")}${json()}`);
}

const JSON_OPTION = "--json";

const EXITS: Readonly<Record<number, string>> = {
  0: "done",
  1: "failed, or called in a way that cannot be; one line says why",
  130: "ended by Ctrl-C before it was done; 143 by kill, 129 with its terminal",
};

const bold = (text: string) => styleText("bold", text, { stream: process.stdout });

/** What a command line may hold for a number. @param most @default no limit */
export function integer(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return number(least, most, /^-?\d+$/, "a whole number");
}

/** The same, with a fraction. */
export function decimal(least: number, most: number): (text: string) => number {
  return number(least, most, /^-?\d+(?:\.\d+)?$/, "a number");
}

const MINUTES = { m: 1, h: 60, d: 24 * 60 };

/**
 * A moment, with its zone, since a time without one means another moment to each reader.
 *
 * @param ago whether it may be said as how long ago, too, as 15m, 2h or 3d. @default false
 */
export function moment({ ago = false } = {}): (text: string) => Date {
  return (text) => {
    const [, count, unit] = (ago && /^(\d{1,4})([mhd])$/.exec(text)) || [];
    const time = unit
      ? new Date(Date.now() - Number(count) * MINUTES[unit as keyof typeof MINUTES] * 60_000)
      : new Date(/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : Number.NaN);
    if (!Number.isNaN(time.getTime())) return time;
    const howLong = ago ? ", or how long ago as 15m, 2h or 3d" : "";
    throw new InvalidArgumentError(`Choose a time as 2026-11-28T10:15:00Z${howLong}.`);
  };
}

function number(least: number, most: number, form: RegExp, kind: string): (text: string) => number {
  return (text) => {
    const value = form.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    const range = most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `from ${least} to ${most}`;
    throw new InvalidArgumentError(`Choose ${kind} ${range}.`);
  };
}

/** A pipe whose other end is closed, and a terminal that is. */
const NOBODY_READS: ReadonlySet<string> = new Set(["EPIPE", "EIO"]);

/** A command of whatever options and arguments. */
interface Runnable {
  name(): string;
  parseAsync(args: readonly string[], options: { from: "user" }): Promise<unknown>;
}

/**
 * Runs a command with its arguments, and turns how it ends into one line at most and an exit code.
 *
 * @param explain says in a sentence what an error means that is neither this program's nor the system's; undefined for a
 *   defect, which shows its stack. @default nothing is explained
 */
export async function run(
  program: Runnable,
  args = process.argv.slice(2),
  explain: (error: unknown) => string | undefined | Promise<string | undefined> = () => undefined,
): Promise<void> {
  endWithParent();
  // `catalog check | head`: whoever reads no further has what he wanted.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (!NOBODY_READS.has(error.code ?? "")) throw error;
    process.exit();
  });
  // A command whose terminal was closed, or whose progress nobody reads, goes on, to end in order.
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    if (!NOBODY_READS.has(error.code ?? "")) throw error;
  });
  const complain = (message: string) => {
    process.stderr.write(`${styleText("red", message, { stream: process.stderr })}\n`);
    if (args.includes(JSON_OPTION)) process.stdout.write(`${JSON.stringify({ error: message })}\n`);
  };
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    const interruption = interrupted();
    if (interruption) {
      // What fails after an interruption fails because of it.
      complain(interruption.message);
      process.exit(exitCodeOf(interruption.signal));
    } else if (error instanceof CommanderError) {
      if (error.exitCode !== 0) complain(`${inOneLine(error.message)} See ${program.name()} --help.`);
      process.exitCode = error.exitCode;
    } else {
      const inWords = isUserError(error)
        ? error.message
        : (systemErrorInWords(error) ?? (await explain(error)));
      if (inWords === undefined) throw error;
      complain(inWords);
      process.exitCode = 1;
    }
  }
}

/** Commander's "error: unknown option '--jsno'\n(Did you mean --json?)" as a sentence. */
function inOneLine(message: string): string {
  const text = message.replace(/^error: /, "").replaceAll(/\s*\n\s*/g, " ");
  return `${text[0]?.toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;
}
