import { execFile } from "node:child_process";
import { cp, glob, mkdir, readFile, stat } from "node:fs/promises";
import { basename, join, posix } from "node:path";
import { promisify } from "node:util";

/** What a container of the image would be started with. */
export interface ImageConfig {
  workdir: string;
  user: string;
  env: Record<string, string>;
  entrypoint: string[];
  cmd: string[];
  exposed: string[];
}

interface Stage {
  name: string;
  root: string;
  config: ImageConfig;
}

/**
 * Builds the content of an image without a container engine: carries out the Dockerfile's own COPY and `RUN npm ci`
 * into a folder for each stage, on top of an empty base. What it does not know it refuses, so that the Dockerfile
 * cannot come to mean something that was not tested.
 *
 * @returns the last stage: the folder that is its file system, and how it is started.
 */
export async function buildImage(
  dockerfile: string,
  context: string,
  folder: string,
): Promise<{ root: string; config: ImageConfig }> {
  const stages: Stage[] = [];
  const ignored = await ignoreRules(join(context, ".dockerignore"));
  for (const { instruction, rest } of parse(await readFile(dockerfile, "utf8"))) {
    if (instruction === "ARG") continue;
    if (instruction === "FROM") {
      stages.push(await newStage(rest, join(folder, `stage-${stages.length}`), stages.length));
      continue;
    }
    const stage = stages.at(-1);
    if (!stage) throw new Error(`${instruction} before FROM`);
    await carryOut(instruction, rest, stage, stages, { context, ignored });
  }
  const { root, config } = stages.at(-1)!;
  return { root, config };
}

function parse(text: string): { instruction: string; rest: string }[] {
  return text
    .replace(/\\\r?\n/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.trimStart().startsWith("#"))
    .map((line) => {
      const [, instruction, rest] = /^\s*([A-Z]+)\s+(.*)$/.exec(line)!;
      return { instruction: instruction!, rest: rest!.trim() };
    });
}

async function newStage(rest: string, root: string, number: number): Promise<Stage> {
  const name = / AS (\S+)$/.exec(rest)?.[1] ?? String(number);
  await mkdir(root, { recursive: true });
  return { name, root, config: { workdir: "/", user: "", env: {}, entrypoint: [], cmd: [], exposed: [] } };
}

async function carryOut(
  instruction: string,
  rest: string,
  stage: Stage,
  stages: Stage[],
  build: { context: string; ignored: (path: string) => boolean },
): Promise<void> {
  const { config } = stage;
  switch (instruction) {
    case "WORKDIR":
      config.workdir = posix.resolve(config.workdir, rest);
      await mkdir(join(stage.root, config.workdir), { recursive: true });
      return;
    case "ENV":
      for (const [, name, value] of rest.matchAll(/([A-Z_]+)=(\S*)/g)) config.env[name!] = value!;
      return;
    case "USER":
      config.user = rest;
      return;
    case "EXPOSE":
      config.exposed.push(rest);
      return;
    case "ENTRYPOINT":
      config.entrypoint = JSON.parse(rest); // the form that needs no shell
      return;
    case "CMD":
      config.cmd = JSON.parse(rest);
      return;
    case "COPY":
      return copy(rest, stage, stages, build);
    case "RUN":
      return run(rest, stage);
    default:
      throw new Error(`${instruction} ${rest}: not known to the test of the image`);
  }
}

async function copy(
  rest: string,
  stage: Stage,
  stages: Stage[],
  { context, ignored }: { context: string; ignored: (path: string) => boolean },
): Promise<void> {
  const words = rest.split(/\s+/);
  const from = /^--from=(.+)$/.exec(words[0]!)?.[1];
  if (from) words.shift();
  if (words.some((word) => word.startsWith("--"))) throw new Error(`COPY ${rest}: option not known`);
  const source = from ? stages.find(({ name }) => name === from)?.root : context;
  if (!source) throw new Error(`COPY ${rest}: there is no stage ${from}`);
  const destination = words.pop()!;
  const target = join(stage.root, posix.resolve(stage.config.workdir, destination));
  for (const path of words) {
    if (!from && ignored(path))
      throw new Error(`COPY ${path}: .dockerignore keeps it out of the build context`);
    const origin = join(source, path);
    // A folder's content is copied; a file keeps its name when the destination ends in a slash.
    const isFile = (await stat(origin)).isFile();
    const place = isFile && destination.endsWith("/") ? join(target, basename(path)) : target;
    await cp(origin, place, { recursive: true, verbatimSymlinks: true });
  }
}

/** Runs npm as the Dockerfile says, in the stage's folder; everything else would need the base image. */
async function run(command: string, stage: Stage): Promise<void> {
  const [program, ...args] = command.split(/\s+/);
  if (program !== "npm" || args[0] !== "ci")
    throw new Error(`RUN ${command}: only npm ci can be carried out here`);
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(npm_(?!config_registry)|NODE_ENV|INIT_CWD)/.test(name),
    ),
  );
  await promisify(execFile)(process.platform === "win32" ? "npm.cmd" : "npm", args, {
    cwd: join(stage.root, stage.config.workdir),
    env: { ...env, npm_config_prefer_offline: "true" },
  });
}

/** The rules of a .dockerignore file, the last one that matches a path or a folder above it decides. */
async function ignoreRules(file: string): Promise<(path: string) => boolean> {
  const rules = (await readFile(file, "utf8"))
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ keep: line.startsWith("!"), pattern: line.replace(/^!/, "") }));
  return (path) => {
    const folders = path.split("/").map((_, index, parts) => parts.slice(0, index + 1).join("/"));
    const last = rules.findLast(({ pattern }) => folders.some((folder) => matches(folder, pattern)));
    return last !== undefined && !last.keep;
  };
}

/** Docker's patterns, as far as they are used: `*` stands for anything within one name, a leading dot included. */
function matches(path: string, pattern: string): boolean {
  const expression = pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^/]*");
  return new RegExp(`^${expression}$`).test(path);
}

/** All files below a folder, relative to it; links are not followed. */
export async function filesBelow(folder: string): Promise<string[]> {
  return Array.fromAsync(glob("**/*", { cwd: folder }));
}
