/** The project's own command, run as an operator runs it: as a process, with its exit code and what it says. */
import { once } from "node:events";
import path from "node:path";
import { exitCodeOf } from "../../../cli/interruption.ts";
import { spawnGuarded } from "../../../local/child.ts";
import { CREDENTIALS, DEPLOYER } from "../settings.ts";
import { RehearsalFailed } from "../steps.ts";

const ROOT = path.resolve(import.meta.dirname, "..", "..", "..");
const COMMAND = path.join(ROOT, "bin", "catalog.js");

/** Lines of a run that explain why it ended otherwise than expected. */
const LAST_LINES = 25;

export interface Ran {
  /** As a shell counts it: 130 for one that Ctrl-C has ended. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly ended: Promise<Ran>;
  signal(name: NodeJS.Signals): void;
}

/** What prepares an account for whoever deploys, and what fills its registry, is done by somebody else. */
const needsAdministrator = (line: string) => /^(?:bootstrap|image)\b/.test(line);
const ADMINISTRATOR = {
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
};

/** Runs every verb but bootstrap and image as whoever deploys. */
export class Catalog {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #running = new Set<Running>();
  #stopped = false;

  /** @param variables what leads to the local AWS API, and the settings file */
  constructor(variables: Readonly<Record<string, string>>) {
    const { PATH, HOME, TMPDIR, CI } = process.env;
    const { accessKeyId, secretAccessKey } = DEPLOYER;
    this.#environment = {
      ...{ PATH, HOME, TMPDIR, CI, ...variables },
      ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    };
  }

  /** Runs a verb to its end. @throws RehearsalFailed with its last words when it ends with another code */
  async run(line: string, expected = 0, variables: NodeJS.ProcessEnv = {}): Promise<Ran> {
    const ran = await this.start(line, variables).ended;
    if (ran.code !== expected) throw new RehearsalFailed(unexpected(line, expected, ran));
    return ran;
  }

  /** Runs a verb, and reads the JSON that it prints. */
  async json<T>(line: string, expected = 0): Promise<T> {
    return JSON.parse((await this.run(`${line} --json`, expected)).stdout) as T;
  }

  /** Starts a verb, for whoever wants to interrupt it. @param line words that need no quoting */
  start(line: string, variables: NodeJS.ProcessEnv = {}): Running {
    if (this.#stopped) throw new Error("stopped");
    const child = spawnGuarded(process.execPath, [COMMAND, ...line.split(" ")], {
      cwd: ROOT,
      env: { ...this.#environment, ...(needsAdministrator(line) && ADMINISTRATOR), ...variables },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout?.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr?.on("data", (chunk) => {
      stderr += chunk;
    });
    const running: Running = {
      ended: once(child, "close").then(([code, signal]) => {
        this.#running.delete(running);
        return { code: code ?? exitCodeOf(signal), stdout, stderr };
      }),
      signal: (name) => void child.kill(name),
    };
    this.#running.add(running);
    return running;
  }

  /** Ends what still runs, at once, and starts nothing more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const running of this.#running) running.signal("SIGKILL");
    await Promise.all([...this.#running].map(({ ended }) => ended));
  }
}

export function unexpected(line: string, expected: number, { code, stdout, stderr }: Ran): string {
  const last = `${stdout}${stderr}`.trimEnd().split("\n").slice(-LAST_LINES).join("\n  ");
  return `bin/catalog ${line} ended with ${code}, not with ${expected}:\n  ${last}`;
}
