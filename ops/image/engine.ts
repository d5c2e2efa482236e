/** The user's own container engine: what builds the image and carries it to the registry. */
import { once } from "node:events";
import { UserError } from "../../cli/user-error.ts";
import { spawnGuarded } from "../../local/child.ts";
import { findExecutable, MissingTool } from "../tools.ts";

/** Those that take the same words, by preference. */
export const ENGINES = ["docker", "podman", "buildah"] as const;
export type EngineName = (typeof ENGINES)[number];

export interface BuildOptions {
  /** What the image is called from then on, registry included. */
  readonly reference: string;
  readonly dockerfile: string;
  /** Folder that the Dockerfile copies from. */
  readonly context: string;
  readonly platform: "linux/amd64" | "linux/arm64";
}

export class Engine {
  readonly name: EngineName;
  readonly #program: string;
  readonly #signal: AbortSignal;

  /**
   * @param wanted @default the first that is installed
   * @throws MissingTool
   */
  constructor(wanted: EngineName | undefined, signal: AbortSignal, searchPath = process.env.PATH ?? "") {
    const found = (wanted ? [wanted] : ENGINES)
      .map((name) => ({ name, program: findExecutable(name, searchPath) }))
      .find(({ program }) => program !== undefined);
    if (!found)
      throw new MissingTool(
        `${wanted ?? "Docker, Podman or Buildah"} is not on the PATH: install one, or name another with --engine.`,
      );
    this.name = found.name;
    this.#program = found.program!;
    this.#signal = signal;
  }

  /** The password goes by standard input: a command line is read by everybody on the machine. */
  login(registry: string, password: string): Promise<void> {
    const args = ["login", "--username", "AWS", "--password-stdin", ...this.#plainHttp(registry), registry];
    return this.#run(args, password);
  }

  build({ reference, dockerfile, context, platform }: BuildOptions): Promise<void> {
    return this.#run(["build", "--platform", platform, "--file", dockerfile, "--tag", reference, context]);
  }

  push(reference: string): Promise<void> {
    return this.#run(["push", ...this.#plainHttp(reference), reference]);
  }

  /** A registry of this machine has no certificate. Docker knows that by itself. */
  #plainHttp(reference: string): string[] {
    return /^(?:127\.0\.0\.1|localhost)[:/]/.test(reference) && this.name !== "docker"
      ? ["--tls-verify=false"]
      : [];
  }

  async #run(args: readonly string[], input?: string): Promise<void> {
    this.#signal.throwIfAborted();
    const child = spawnGuarded(this.#program, args, {
      // What the engine tells is progress, and the command's own output the reference alone.
      stdio: [input === undefined ? "ignore" : "pipe", process.stderr, process.stderr],
      guard: { signal: "TERM" },
    });
    const abort = () => void child.kill("SIGTERM");
    this.#signal.addEventListener("abort", abort);
    child.stdin?.end(input);
    const [code] = (await once(child, "close")) as [number | null];
    this.#signal.removeEventListener("abort", abort);
    this.#signal.throwIfAborted();
    if (code !== 0)
      throw new UserError(
        `${this.name} ${args[0]} ended with ${code}: what it said stands above. Run it again when that is mended.`,
      );
  }
}
