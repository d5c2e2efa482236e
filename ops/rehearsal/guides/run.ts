/** Runs every command block of the guides, by the letter and in order, against the local AWS API. */

import { createWriteStream, existsSync } from "node:fs";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { UserError } from "../../../cli/user-error.ts";
import { killGroup, spawnGuarded } from "../../../local/child.ts";
import { CLOUDFRONT_REGION, HOME_REGION } from "../../../local/regions.ts";
import { providerOverride } from "../../environment/local-api.ts";
import { ADDRESSES_PATH } from "../data-plane/corrections.ts";
import { startGateway } from "../gateway.ts";
import { type Block, escapes, markOfKind } from "./blocks.ts";
import { Removals, untold } from "./removals.ts";
import { quoted, Session } from "./session.ts";

const PROJECT = path.resolve(import.meta.dirname, "..", "..", "..");

/** A block of a guide did not do what the guide says. */
export class GuideFailed extends UserError {}

export interface RunGuidesOptions {
  readonly blocks: readonly Block[];
  /** Terraform or OpenTofu. */
  readonly terraform: string;
  /** Folder of the AWS CLI, and of whatever else the guides ask for. */
  readonly programs: string;
  /** Called with what goes on, a line at a time. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** Copied, and the copy used, so that nothing of it changes. @default this project */
  readonly project?: string;
}

export interface RanGuides {
  readonly run: number;
  readonly skipped: number;
}

/** @throws GuideFailed with the block's place and its last lines */
export async function runGuides(options: RunGuidesOptions): Promise<RanGuides> {
  const { blocks, project = PROJECT, signal } = options;
  const escaped = blocks.find(escapes);
  if (escaped) throw new GuideFailed(`${placeOf(escaped)} ${escapes(escaped)}.`);
  await using resources = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), "guides-"));
  resources.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  await chmod(folder, 0o711); // PostgreSQL's account passes through it
  const copy = path.join(folder, "catalog-api");
  await copyProject(project, copy);
  const environment = await environmentIn(folder, options);
  const session = new Session({ folder: copy, scratch: folder, environment });
  resources.defer(() => session.stop());
  signal.addEventListener("abort", () => void session.stop());
  const run = new Run(options, { session, copy, folder, environment, resources });
  for (const block of blocks) {
    signal.throwIfAborted();
    await run.block(block);
  }
  return run.result;
}

interface RunContext {
  readonly session: Session;
  readonly copy: string;
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly resources: AsyncDisposableStack;
}

class Run {
  readonly #options: RunGuidesOptions;
  readonly #context: RunContext;
  /** What the blocks of this guide printed since the last one that says what they print. */
  #printed = "";
  readonly #removals = new Removals();
  #guide = "";
  result: RanGuides = { run: 0, skipped: 0 };

  constructor(options: RunGuidesOptions, context: RunContext) {
    this.#options = options;
    this.#context = context;
  }

  async block(block: Block): Promise<void> {
    const { say, signal } = this.#options;
    if (block.guide !== this.#guide) this.#printed = "";
    this.#guide = block.guide;
    if (markOfKind(block, "prints")) return demandPrinted(block, this.#printed, () => (this.#printed = ""));
    if (block.language !== "sh") return;
    const skip = markOfKind(block, "skip");
    if (skip) {
      say(`– ${placeOf(block)} skipped: ${skip.reason}`);
      this.result = { ...this.result, skipped: this.result.skipped + 1 };
      return;
    }
    const begun = Date.now();
    if (markOfKind(block, "serves")) await this.#serve(block);
    else await this.#run(block);
    signal.throwIfAborted();
    say(`✔ ${placeOf(block)} ${firstLine(block)} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
    this.result = { ...this.result, run: this.result.run + 1 };
  }

  async #run(block: Block): Promise<void> {
    const { session } = this.#context;
    const before = markOfKind(block, "before");
    if (before) demandExit(block, await session.run(before.script), 0);
    this.#removals.take();
    const code = markOfKind(block, "exits")?.code ?? 0;
    const answer = markOfKind(block, "answers")?.text;
    const ran = await session.run(block.code, { answer, apart: code !== 0 || answer !== undefined });
    this.#printed += stripVTControlCharacters(ran.output);
    this.#options.signal.throwIfAborted();
    demandExit(block, ran, code);
    demandTold(block, this.#removals.take());
  }

  /** In a shell of its own, as the guide says; what it exports is evaluated in the other one. */
  async #serve(block: Block): Promise<void> {
    const { copy, folder, environment, resources, session } = this.#context;
    const output = path.join(folder, "serves.out");
    const child = spawnGuarded("bash", ["-euo", "pipefail", "-c", block.code], {
      cwd: copy,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
      guard: { signal: "TERM", timeoutSeconds: 30 },
    });
    resources.defer(() => killGroup(child));
    const file = createWriteStream(output);
    child.stdout!.pipe(file);
    child.stderr!.pipe(file, { end: false });
    const lines = () => readFile(output, "utf8").catch(() => "");
    while (!/^export CATALOG_SETTINGS=.*\n/m.test(await lines())) {
      this.#options.signal.throwIfAborted();
      if (child.exitCode !== null) throw failed(block, await lines(), `it ended with ${child.exitCode}`);
      await delay(100);
    }
    const exported = (await lines()).split("\n").filter((line) => /^(?:export|unset) /.test(line));
    this.#printed += await lines();
    const served = /^export AWS_ENDPOINT_URL=http:\/\/127\.0\.0\.1:(\d+)$/m.exec(await lines());
    if (served) exported.push(`export AWS_ENDPOINT_URL=${await this.#listen(Number(served[1]))}`);
    demandExit(block, await session.run(exported.join("\n")), 0);
  }

  /** @returns where the local AWS API answers so that what is removed is known */
  async #listen(upstreamPort: number): Promise<string> {
    const gateway = await startGateway({
      upstreamPort,
      onCall: (call, answer) => this.#removals.record(call, answer),
    });
    this.#context.resources.defer(() => gateway.close());
    return gateway.url;
  }
}

function demandExit(
  block: Block,
  { exitCode, output }: { exitCode: number; output: string },
  wanted: number,
) {
  if (exitCode !== wanted)
    throw failed(
      block,
      output,
      `it ended with ${exitCode}${wanted === 0 ? "" : `, and the guide says ${wanted}`}`,
    );
}

/** Whoever runs a block knows before what it removes. */
function demandTold(block: Block, removed: readonly string[]): void {
  const missing = untold(block, removed);
  if (missing.length > 0)
    throw failed(block, "", `its section does not say that it removes ${missing.join(", ")}`);
}

/** Each line stands in what was printed, in this order; `…` stands for anything, and spaces for any number of them. */
function demandPrinted(block: Block, printed: string, done: () => void): void {
  const seen = printed.split(/\r?\n/);
  let at = 0;
  for (const line of block.code.split("\n").filter((each) => each.trim())) {
    const words = line
      .trim()
      .split(/(…|\s+)/)
      .map((part) => (part === "…" ? ".*" : /^\s+$/.test(part) ? "\\s+" : RegExp.escape(part)));
    const pattern = new RegExp(`^\\s*${words.join("")}\\s*$`);
    const found = seen.findIndex((each, index) => index >= at && pattern.test(each));
    if (found < 0) throw failed(block, printed, `nothing printed reads '${line.trim()}'`);
    at = found + 1;
  }
  done();
}

const LAST_LINES = 30;

const failed = (block: Block, output: string, why: string) =>
  new GuideFailed(
    `${placeOf(block)} ${firstLine(block)}: ${why}\n${output
      .trimEnd()
      .split("\n")
      .slice(-LAST_LINES)
      // Of a line of progress, which writes over itself, the last that it said.
      .map((line) => `    ${line.split("\u001b[2K").at(-1)}`)
      .join("\n")}`,
  );

const placeOf = ({ guide, line }: Block): string => `${guide}:${line}`;
const firstLine = ({ code }: Block): string => code.trim().split("\n")[0]!.slice(0, 80);

/** Results stay behind; programs and the history, which nothing changes, are shared. */
const LEFT = new Set([
  "node_modules",
  ".git",
  ".venv",
  ".venv-checkov",
  "cdktf.out",
  ".catalog",
  ".preview",
  "out",
]);

async function copyProject(from: string, to: string): Promise<void> {
  await cp(from, to, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !LEFT.has(path.relative(from, source)),
  });
  for (const shared of ["node_modules", ".venv", ".git"])
    if (existsSync(path.join(from, shared))) await symlink(path.join(from, shared), path.join(to, shared));
}

/** The reader's machine: no settings and no credentials of whoever rehearses, and a Terraform that finds the local API. */
async function environmentIn(
  folder: string,
  { terraform, programs }: RunGuidesOptions,
): Promise<NodeJS.ProcessEnv> {
  const wrappers = path.join(folder, "bin");
  await mkdir(wrappers);
  await writeFile(path.join(wrappers, "terraform"), terraformWrapper(terraform), { mode: 0o755 });
  return {
    PATH: [wrappers, programs, process.env.PATH].join(path.delimiter),
    HOME: folder,
    LANG: "C.UTF-8",
    TMPDIR: folder,
    AWS_PAGER: "",
    CHECKPOINT_DISABLE: "1",
    AWS_DEFAULT_REGION: HOME_REGION, // the name that version 1 of the CLI, which PyPI has, reads for AWS_REGION
    MOTO_ACM_VALIDATION_WAIT: "0", // seconds; nobody is there to put a record into DNS
  };
}

/**
 * What `bin/catalog` knows of a local API, for the guides' own Terraform lines: the backend reads an endpoint for each
 * service only, a bucket is no host name here, and the addresses that AWS gives out lead nowhere.
 */
const terraformWrapper = (terraform: string): string => `#!/usr/bin/env bash
folder=.
for word in "$@"; do case $word in -chdir=*) folder=\${word#-chdir=} ;; esac; done
address() {
  suffix=$(sed -nE 's/.*"service-api-([a-z0-9-]+)".*/\\1/p' "$folder/cdk.tf.json" | head -1)
  curl -fsS "$AWS_ENDPOINT_URL${ADDRESSES_PATH}?suffix=$suffix" | python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"
}
case " $* " in
*" output -raw cloudfront-url "*) address edge; exit ;;
*" output -raw alb-dns-name "*) address balancer | sed 's|^http://||'; exit ;;
esac
for service in S3 DYNAMODB STS IAM; do export "AWS_ENDPOINT_URL_$service=$AWS_ENDPOINT_URL"; done
if [ -f "$folder/cdk.tf.json" ] && [ ! -f "$folder/local_override.tf.json" ]; then
  cat > "$folder/local_override.tf.json" <<'END'
${JSON.stringify(providerOverride({ provider: { aws: [{}, { alias: CLOUDFRONT_REGION }] } }))}
END
fi
for word in "$@"; do
  [ "$word" = init ] && grep -q '"s3"' "$folder/cdk.tf.json" && export TF_CLI_ARGS_init=-backend-config=use_path_style=true
done
exec ${quoted(terraform)} "$@"
`;
