/** An environment's own folder: its synthesised stack, its Terraform, and the provider versions that it was made with. */
import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { makeFolder } from "../../cli/folder.ts";
import { type Settings, synthesise } from "../../local/synthesise.ts";
import type { JsonObject } from "../../local/terraform-json/index.ts";
import { ADOPT_FILE } from "../adopt/import-blocks.ts";
import { Terraform, type TerraformOptions } from "../terraform.ts";
import { claim } from "./claim.ts";
import { isLocalApi, providerOverride } from "./local-api.ts";
import type { EnvironmentSettings } from "./settings-file.ts";

const ROOT = path.resolve(import.meta.dirname, "..", "..");

/** Terraform's own name for it: https://developer.hashicorp.com/terraform/language/files/dependency-lock */
const LOCK_FILE = ".terraform.lock.hcl";

export interface WorkspaceOptions extends Pick<TerraformOptions, "executable" | "onEvent"> {
  readonly settings: EnvironmentSettings;
  /** Holds a folder for each environment. @default .catalog in the project, which git ignores */
  readonly root?: string;
}

export class Workspace {
  readonly settings: EnvironmentSettings;
  readonly folder: string;
  readonly terraform: Terraform;
  #isClaimed = false;

  constructor({ settings, root = path.join(ROOT, ".catalog"), ...options }: WorkspaceOptions) {
    this.settings = settings;
    this.folder = path.join(root, settings.suffix);
    this.terraform = new Terraform({
      ...options,
      folder: this.folder,
      environment: {
        TF_IN_AUTOMATION: "1",
        CHECKPOINT_DISABLE: "1",
        ...terraformEnvironment(settings.environment),
      },
    });
  }

  file(name: string): string {
    return path.join(this.folder, name);
  }

  /**
   * Synthesises the stack into the folder, which is this command's from then on, and removes what an earlier run may have left
   * there.
   *
   * @param over settings in place of the environment's own
   * @throws SynthesisFailed with what a setting cannot be
   * @throws UserError while another command works in the folder
   */
  async synthesise(over: Settings = {}): Promise<JsonObject> {
    const stack = await synthesise({ ...this.settings.variables, ...over });
    makeFolder(this.folder, 0o700);
    claim(this.folder);
    this.#isClaimed = true;
    await this.discardPlan();
    await rm(this.file(ADOPT_FILE), { force: true });
    await writeFile(this.file("cdk.tf.json"), JSON.stringify(stack));
    const override = this.file("local_override.tf.json");
    if (isLocalApi(this.settings.environment))
      await writeFile(override, JSON.stringify(providerOverride(stack)));
    else await rm(override, { force: true });
    return stack;
  }

  /** Initialises Terraform with the provider of the lock file beside the settings, and keeps that file up to date. */
  async init(): Promise<void> {
    const kept = this.#keptLockFile();
    if (kept) await copyIfThere(kept, this.file(LOCK_FILE));
    const hasBucket = this.settings.values.STATE_BUCKET !== undefined;
    await this.terraform.init(
      hasBucket && isLocalApi(this.settings.environment) ? { use_path_style: "true" } : {},
    );
    if (kept && (await differs(this.file(LOCK_FILE), kept))) await copyIfThere(this.file(LOCK_FILE), kept);
  }

  /** The plan of this run. It holds the origin token in clear: {@link discardPlan} when it is done with. */
  get planFile(): string {
    return this.file("stack.tfplan");
  }

  /** Of a command that was refused the folder, none: the plan that lies there is another one's. */
  async discardPlan(): Promise<void> {
    if (this.#isClaimed) await rm(this.planFile, { force: true });
  }

  /** `production.env` → `production.lock.hcl`, for the repository: whoever deploys next gets the same provider. */
  #keptLockFile(): string | undefined {
    const { file } = this.settings;
    return file && path.join(path.dirname(file), `${path.basename(file, path.extname(file))}.lock.hcl`);
  }
}

/** The S3 backend reads the variables of each service only. */
function terraformEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { AWS_ENDPOINT_URL: endpoint } = environment;
  if (!endpoint) return environment;
  const services = ["S3", "DYNAMODB", "STS", "IAM"].map((service) => [
    `AWS_ENDPOINT_URL_${service}`,
    endpoint,
  ]);
  return { ...Object.fromEntries(services), ...environment };
}

async function copyIfThere(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

async function differs(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((file) => readFile(file, "utf8").catch(() => undefined)));
  return a !== b;
}
