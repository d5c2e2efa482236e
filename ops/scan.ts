/** checkov, an outside scanner, over the synthesised stack: what others have learnt of AWS, beside what the audit knows. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { UserError } from "../cli/user-error.ts";
import { synthesise } from "../local/synthesise.ts";
import { type JsonObject, readJson } from "../local/terraform-json/index.ts";
import { IMAGES, OPTIONS } from "./rehearsal/settings.ts";

const ROOT = path.resolve(import.meta.dirname, "..");
/** Checks that pass on the stack with every option on are over 150: with fewer, part of it was not read. */
const LEAST_PASSED = 100;

export interface ScanFinding {
  /** checkov's own, for example `CKV_AWS_274`. */
  readonly check: string;
  readonly name: string;
  readonly address: string;
}

interface Report {
  readonly summary?: { readonly passed?: number; readonly parsing_errors?: number };
  readonly results?: {
    readonly failed_checks?: readonly { check_id: string; check_name: string; resource: string }[];
  };
}

/**
 * What checkov finds, but for what `.checkov.yaml` refuses.
 *
 * @param checkov the program
 * @returns the findings, and how many checks passed
 * @throws UserError when it read nothing, which it says with exit status 0
 */
export async function scan(
  checkov: string,
  stack: JsonObject,
  signal?: AbortSignal,
): Promise<{ readonly findings: readonly ScanFinding[]; readonly passed: number }> {
  const folder = await mkdtemp(path.join(tmpdir(), "catalog-scan-"));
  try {
    await writeFile(path.join(folder, "main.tf.json"), JSON.stringify(readable(stack)));
    return read(await runCheckov(checkov, folder, signal));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * The same over a file, or over the stack with every option on: the default settings cannot pass, for want of a certificate.
 *
 * @param file a `cdk.tf.json`. @default the stack is synthesised
 */
export async function scanStack(checkov: string, file: string | undefined, signal?: AbortSignal) {
  const settings = { ENVIRONMENT_SUFFIX: "scan", CONTAINER_IMAGE: IMAGES.first, ...OPTIONS };
  return scan(checkov, file === undefined ? await synthesise(settings, signal) : readJson(file), signal);
}

/**
 * The stack without what stops checkov 3.3.30 from reading it: `required_version` (bridgecrewio/checkov#7454), and blocks
 * that are a list, as `moved` is. Both say nothing of what is deployed.
 */
export function readable(stack: JsonObject): JsonObject {
  const { moved: _, ...others } = stack;
  const { required_version: __, ...terraform } = stack.terraform as JsonObject;
  return { ...others, terraform };
}

/** @throws UserError for a report over nothing, or over part of the stack */
export function read(report: string): { readonly findings: readonly ScanFinding[]; readonly passed: number } {
  const { summary, results } = parsed(report);
  const passed = summary?.passed ?? 0;
  if (summary?.parsing_errors !== 0 || passed < LEAST_PASSED) {
    throw new UserError(
      `checkov read nothing, or not all: ${summary?.parsing_errors ?? "unknown"} parsing errors, ${passed} checks passed. Its green means nothing then.`,
    );
  }
  const failed = results?.failed_checks ?? [];
  return {
    passed,
    findings: failed.map(({ check_id, check_name, resource }) => ({
      check: check_id,
      name: check_name,
      address: resource,
    })),
  };
}

function parsed(report: string): Report {
  try {
    return JSON.parse(report);
  } catch {
    throw new UserError(`checkov's report is no JSON: ${report.slice(0, 200).trim() || "it is empty"}.`);
  }
}

/** Its report, whatever its exit status: that is 1 for findings, and 0 for having read nothing. */
function runCheckov(checkov: string, folder: string, signal?: AbortSignal): Promise<string> {
  const args = ["--directory", folder, "--config-file", path.join(ROOT, ".checkov.yaml"), "--output", "json"];
  return new Promise((resolve, reject) => {
    execFile(checkov, args, { signal, maxBuffer: 64 * 1024 * 1024 }, (error, stdout) => {
      if (error?.name === "AbortError") reject(error);
      else resolve(stdout);
    });
  });
}
