/** From the sources to an image that tasks can pull: built, pushed, and named by its digest. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import type { ECRClient } from "@aws-sdk/client-ecr";
import { UserError } from "../../cli/user-error.ts";
import type { Engine } from "./engine.ts";
import { digestOf, ensureRepository, registryPassword } from "./repository.ts";

const ROOT = path.resolve(import.meta.dirname, "..", "..");

const PLATFORMS = { X86_64: "linux/amd64", ARM64: "linux/arm64" } as const;

export interface ImageOptions {
  readonly ecr: ECRClient;
  readonly engine: Engine;
  /** Name of the repository in ECR. */
  readonly repository: string;
  readonly tag: string;
  /** CPU_ARCHITECTURE of the settings. @default "X86_64" */
  readonly architecture?: string | undefined;
  /** Told what goes on. */
  readonly say: (line: string) => void;
  /** @default api/Dockerfile, from the project's root */
  readonly source?: { readonly dockerfile: string; readonly context: string };
}

export interface PublishedImage {
  /** `registry/repository@sha256:…`: for CONTAINER_IMAGE. */
  readonly reference: string;
  readonly tag: string;
  readonly repository: "created" | "present";
  readonly image: "pushed" | "present";
}

/** Pushes the image unless its tag is there already: a tag never moves, so that is the same image. @throws UserError */
export async function publishImage(options: ImageOptions): Promise<PublishedImage> {
  const { ecr, engine, tag, repository: repositoryName, architecture = "X86_64", say } = options;
  const source = options.source ?? { dockerfile: path.join(ROOT, "api", "Dockerfile"), context: ROOT };
  const { uri, made } = await ensureRepository(ecr, repositoryName);
  const published = (digest: string, image: PublishedImage["image"]) => ({
    reference: `${uri}@${digest}`,
    tag,
    repository: made,
    image,
  });
  const present = await digestOf(ecr, repositoryName, tag);
  if (present) return published(present, "present");
  const platform = PLATFORMS[architecture as keyof typeof PLATFORMS] ?? PLATFORMS.X86_64;
  const reference = `${uri}:${tag}`;
  say(`Building ${reference} for ${platform}, with ${engine.name} …`);
  await engine.build({ reference, platform, ...source });
  say("Pushing …");
  await engine.login(uri.split("/")[0]!, await registryPassword(ecr));
  await engine.push(reference);
  const digest = await digestOf(ecr, repositoryName, tag);
  if (!digest)
    throw new UserError(`${reference} was pushed, and ECR does not list it: run it again in a minute.`);
  return published(digest, "pushed");
}

/**
 * The present commit, as a tag: who reads it finds the sources.
 *
 * @throws UserError when the files are not those of the commit
 */
export async function tagOfCommit(folder = ROOT): Promise<string> {
  const git = async (...args: string[]) =>
    (await promisify(execFile)("git", args, { cwd: folder })).stdout.trim();
  let changed: string;
  let tag: string;
  try {
    changed = await git("status", "--porcelain", "--untracked-files=no");
    tag = await git("rev-parse", "--short=12", "HEAD");
  } catch {
    throw new UserError("This is no git checkout: name the image's tag with --tag.");
  }
  if (changed)
    throw new UserError(
      "Files differ from the commit, by which the image would be called: commit them, or give --tag.",
    );
  return tag;
}
