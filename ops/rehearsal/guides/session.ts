/** One shell, as a reader of a guide has it open: variables and the folder last from block to block. */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { killGroup, spawnGuarded } from "../../../local/child.ts";

export interface Ran {
  readonly exitCode: number;
  /** What it printed, on either stream. */
  readonly output: string;
}

export interface SessionOptions {
  /** Where the shell begins. */
  readonly folder: string;
  /** For its scripts and what they print; outside of the folder. */
  readonly scratch: string;
  readonly environment: NodeJS.ProcessEnv;
}

export interface RunOptions {
  /** In a child of the shell, which outlives a failure; variables do not last. @default false */
  readonly apart?: boolean;
  /** Run it apart and on a terminal, and type this when it asks. @default no terminal */
  readonly answer?: string | undefined;
}

/** Python's terminal, which moto needs anyway: Node has none. Types the answer once something that asks has been printed. */
const TERMINAL = `
import os, pty, re, sys
asked = False
def read(terminal):
    global asked
    data = os.read(terminal, 4096)
    if not asked and re.sub(rb"\\x1b\\[[0-9;]*[A-Za-z]", b"", data).rstrip().endswith(b":"):
        asked = True
        os.write(terminal, sys.argv[1].encode() + b"\\n")
    return data
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[2:], read)))
`;

export class Session {
  readonly #shell;
  readonly #scratch: string;
  #scripts = 0;
  #finish: ((exitCode: number) => void) | undefined;

  constructor({ folder, scratch, environment }: SessionOptions) {
    this.#scratch = scratch;
    // Whoever copies a block stops at the first line that fails; so does this shell.
    this.#shell = spawnGuarded("bash", ["-euo", "pipefail"], {
      cwd: folder,
      env: environment,
      stdio: ["pipe", "ignore", "ignore", "pipe"],
    });
    const ends = createInterface({ input: this.#shell.stdio[3] as NodeJS.ReadableStream });
    ends.on("line", (code) => this.#finish?.(Number(code)));
    this.#shell.on("exit", (code) => this.#finish?.(code ?? 1));
  }

  /** Runs lines. An exit code other than 0 is the end of the shell, unless they run apart from it. */
  async run(code: string, { answer, apart = answer !== undefined }: RunOptions = {}): Promise<Ran> {
    if (this.#shell.exitCode !== null) throw new Error("the shell has ended");
    const script = path.join(this.#scratch, `${++this.#scripts}.sh`);
    await writeFile(script, `${code}\n`);
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#finish = resolve;
    const terminal = answer === undefined ? "" : `python3 -c ${quoted(TERMINAL)} ${quoted(answer)} `;
    const run = apart ? `${terminal}bash -euo pipefail ${quoted(script)}` : `. ${quoted(script)}`;
    const streams = `</dev/null >${quoted(`${script}.out`)} 2>&1`;
    this.#shell.stdin!.write(
      apart ? `ended=0; ${run} ${streams} || ended=$?; echo $ended >&3\n` : `${run} ${streams}; echo 0 >&3\n`,
    );
    const exitCode = await promise;
    return { exitCode, output: await readFile(`${script}.out`, "utf8").catch(() => "") };
  }

  stop(): Promise<void> {
    return killGroup(this.#shell);
  }
}

export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
