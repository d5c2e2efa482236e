/** Runs Terraform in one folder, reads its machine-readable log, and ends with it. */
import { type ChildProcess, execFile } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { promisify, stripVTControlCharacters } from "node:util";
import { UserError } from "../cli/user-error.ts";
import { killGroup, spawnGuarded } from "../local/child.ts";

export interface TerraformOptions {
  /** Path of terraform or tofu. */
  readonly executable: string;
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Called with each resource that was created, changed or destroyed. */
  readonly onResource?: ((address: string) => void) | undefined;
  /** Called with each line of Terraform's log. */
  readonly onEvent?: ((event: LogLine) => void) | undefined;
}

export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly summary: string;
  readonly detail: string;
  readonly address?: string;
}

/** What a Terraform run did. */
export interface Outcome {
  /** 0 done, 1 failed, 2 (of a plan) done with changes; null when it was killed. */
  readonly exitCode: number | null;
  readonly errors: readonly Diagnostic[];
  /** Resources that were created, changed or destroyed. */
  readonly applied: readonly string[];
}

/** A line of `terraform … -json`: https://developer.hashicorp.com/terraform/internals/machine-readable-ui */
export interface LogLine {
  readonly type: string;
  readonly diagnostic?: Diagnostic;
  readonly hook?: {
    readonly resource?: { readonly addr: string };
    /** `create`, `update`, `delete`, `read`, … */
    readonly action?: string;
    readonly elapsed_seconds?: number;
  };
}

/** Terraform ended with an error; the message is its first diagnostics. */
export class TerraformFailed extends UserError {
  readonly errors: readonly Diagnostic[];

  constructor(command: string, errors: readonly Diagnostic[]) {
    const lines = errors
      .slice(0, 4)
      .map(({ address, summary, detail }) =>
        `  ${address ? `${address}: ` : ""}${summary}${detail ? ` ${detail.split("\n")[0]}` : ""}`.slice(
          0,
          600,
        ),
      );
    super(`terraform ${command} failed:\n${lines.join("\n") || "  (it said nothing)"}`);
    this.errors = errors;
  }
}

export class Terraform {
  readonly #options: TerraformOptions;
  #running: ChildProcess | undefined;
  #stopped = false;

  constructor(options: TerraformOptions) {
    this.#options = options;
  }

  /** Whether there is something to interrupt. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  async init(backendConfig: Record<string, string> = {}): Promise<void> {
    const settings = Object.entries(backendConfig).map(([key, value]) => `-backend-config=${key}=${value}`);
    // -json for init came with 1.11.
    await this.#succeed(["init", "-input=false", "-reconfigure", "-json", ...settings]);
  }

  async validate(): Promise<void> {
    const { stdout } = await this.#capture(["validate", "-json"]);
    const { valid, diagnostics } = JSON.parse(stdout) as { valid: boolean; diagnostics: Diagnostic[] };
    if (!valid)
      throw new TerraformFailed(
        "validate",
        diagnostics.filter(({ severity }) => severity === "error"),
      );
  }

  /** Writes a plan; true when it holds changes. */
  async plan(file: string, ...more: string[]): Promise<boolean> {
    const { exitCode, errors } = await this.#run([
      "plan",
      "-input=false",
      "-json",
      "-detailed-exitcode",
      `-out=${file}`,
      ...more,
    ]);
    if (exitCode !== 0 && exitCode !== 2) throw new TerraformFailed("plan", errors);
    return exitCode === 2;
  }

  /** A plan or, without a file, the state, as JSON text. */
  async show(file?: string): Promise<string> {
    const { stdout } = await this.#capture(["show", "-json", ...(file ? [file] : [])]);
    return stdout;
  }

  /** The state as it is stored. */
  async pullState(): Promise<string> {
    return (await this.#capture(["state", "pull"])).stdout;
  }

  /** Applies a plan or, without a file, plans and applies. Throws unless it succeeds. */
  apply(file?: string): Promise<Outcome> {
    return this.#succeed(applyArguments(file));
  }

  /** Brings what exists into the state, and changes nothing else. */
  async import(address: string, id: string): Promise<void> {
    await this.#capture(["import", "-input=false", "-no-color", address, id]);
  }

  /** Applies, and lets the caller judge how it ended. */
  tryApply(file?: string): Promise<Outcome> {
    return this.#run(applyArguments(file));
  }

  destroy(): Promise<Outcome> {
    return this.#succeed(["destroy", ...APPLY_OPTIONS]);
  }

  async forceUnlock(id: string): Promise<void> {
    await this.#capture(["force-unlock", "-force", id]);
  }

  /** Takes a resource out of the state, and changes nothing else. */
  async forget(address: string): Promise<void> {
    await this.#capture(["state", "rm", address]);
  }

  /** Has the next apply change a resource in place, that an apply which failed half-way would have it replace. */
  async untaint(address: string): Promise<void> {
    await this.#capture(["untaint", address]);
  }

  /** Destroys, and lets the caller judge how it ended. */
  tryDestroy(): Promise<Outcome> {
    return this.#run(["destroy", ...APPLY_OPTIONS]);
  }

  /** Asks what runs to stop: Terraform ends what it began, and writes its state. */
  interrupt(): void {
    this.#running?.kill("SIGINT");
  }

  /** Kills what runs, and lets nothing run again. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.kill();
  }

  /** Kills Terraform and its provider as they stand, as the kernel's OOM killer would. */
  async kill(): Promise<void> {
    if (this.#running) await killGroup(this.#running);
  }

  async #succeed(args: string[]): Promise<Outcome> {
    const outcome = await this.#run(args);
    if (outcome.exitCode !== 0) throw new TerraformFailed(args[0]!, outcome.errors);
    return outcome;
  }

  async #run(args: string[]): Promise<Outcome> {
    const { executable, folder, environment, onResource, onEvent } = this.#options;
    if (this.#stopped) throw new Error("stopped");
    const errors: Diagnostic[] = [];
    const applied: string[] = [];
    const child = spawnGuarded(executable, args, {
      cwd: folder,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#running = child;
    const ended = once(child, "close");
    let raw = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      raw += chunk.toString();
    });
    for await (const line of createInterface({ input: child.stdout! })) {
      const event = parse(line);
      if (!event) raw += `${line}\n`;
      else onEvent?.(event);
      if (event?.type === "diagnostic" && event.diagnostic?.severity === "error")
        errors.push(event.diagnostic);
      const address = event?.type === "apply_complete" ? event.hook?.resource?.addr : undefined;
      if (address && !address.startsWith("data.")) {
        applied.push(address);
        onResource?.(address);
      }
    }
    const [exitCode] = (await ended) as [number | null];
    this.#running = undefined;
    if (exitCode === null)
      errors.push({ severity: "error", summary: "It was killed; memory may have run out.", detail: "" });
    // What broke before Terraform could log in JSON.
    else if (exitCode && errors.length === 0 && exitCode !== 2)
      errors.push({ severity: "error", summary: raw.trim(), detail: "" });
    return { exitCode, errors, applied };
  }

  async #capture(args: string[]): Promise<{ stdout: string }> {
    if (this.#stopped) throw new Error("stopped");
    const { executable, folder, environment } = this.#options;
    try {
      return await promisify(execFile)(executable, args, {
        cwd: folder,
        env: environment,
        maxBuffer: 64 * 2 ** 20,
      });
    } catch (error) {
      const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
      if (args[0] === "validate" && stdout.startsWith("{")) return { stdout };
      const summary = stripVTControlCharacters(stderr).trim();
      throw new TerraformFailed(args[0]!, [{ severity: "error", summary, detail: "" }]);
    }
  }
}

const APPLY_OPTIONS = ["-input=false", "-auto-approve", "-json"];

const applyArguments = (file?: string): string[] => ["apply", ...APPLY_OPTIONS, ...(file ? [file] : [])];

function parse(line: string): LogLine | undefined {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return undefined;
  }
}
