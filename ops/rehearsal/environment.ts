/** One deployed copy of the stack: its folder, its Terraform, and its way to the local AWS API. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { synthesise } from "../../local/synthesise.ts";
import type { JsonObject } from "../../local/terraform-json/index.ts";
import { type Aws, awsClients } from "../aws.ts";
import { providerOverride } from "../environment/local-api.ts";
import { Terraform } from "../terraform.ts";
import { CREDENTIALS, DEPLOYER, STATE } from "./settings.ts";

export interface EnvironmentOptions {
  /** The folder of the run; the environment has its own below it. */
  readonly runFolder: string;
  readonly suffix: string;
  readonly terraform: string;
  /** Address of the gateway that this environment's calls go through. */
  readonly endpoint: string;
  readonly onResource?: (address: string) => void;
}

export class Environment {
  readonly suffix: string;
  readonly folder: string;
  readonly terraform: Terraform;
  readonly #options: EnvironmentOptions;
  /** Clients past this environment's gateway. */
  readonly aws: Aws;

  /** @param folder below the run's. @default the suffix */
  constructor(options: EnvironmentOptions, folder = options.suffix) {
    this.#options = options;
    this.suffix = options.suffix;
    this.folder = path.join(options.runFolder, folder);
    this.terraform = new Terraform({
      executable: options.terraform,
      folder: this.folder,
      environment: terraformEnvironment(options.runFolder, options.endpoint),
      onResource: options.onResource,
    });
    this.aws = awsClients({ local: { endpoint: options.endpoint, credentials: CREDENTIALS } });
  }

  /** The same account from another folder of the run. */
  elsewhere(folder: string): Environment {
    return new Environment(this.#options, folder);
  }

  file(name: string): string {
    return path.join(this.folder, name);
  }

  /**
   * Synthesises the stack as a user would, and puts it into the environment's folder.
   *
   * @param settings more than the defaults
   * @returns how many managed resources the stack has
   */
  async write(image: string, settings: Record<string, string> = {}): Promise<number> {
    const stack = await this.synthesise(image, settings);
    await this.put(stack);
    return Object.values(stack.resource as Record<string, JsonObject>).flatMap(Object.keys).length;
  }

  /** The stack of this environment, as a user synthesises it. */
  synthesise(image: string, settings: Record<string, string> = {}): Promise<JsonObject> {
    return synthesise({
      ENVIRONMENT_SUFFIX: this.suffix,
      CONTAINER_IMAGE: image,
      STATE_BUCKET: STATE.bucket,
      STATE_LOCK_TABLE: STATE.lockTable,
      STATE_REGION: STATE.region,
      ...settings,
    });
  }

  /** Puts a synthesised stack beside what Terraform needs to speak to a local API. */
  async put(stack: JsonObject): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await writeFile(this.file("cdk.tf.json"), JSON.stringify(stack));
    await writeFile(this.file("rehearsal_override.tf.json"), JSON.stringify(providerOverride(stack)));
  }

  async init(): Promise<void> {
    await this.terraform.init({ use_path_style: "true" });
  }
}

/** Only what Terraform needs: the user's profile, region or TF_ variables shall not reach it. */
function terraformEnvironment(runFolder: string, endpoint: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    // A killed provider leaves its sockets; they go with the folder.
    TMPDIR: runFolder,
    TF_CLI_CONFIG_FILE: path.join(runFolder, "terraform.rc"),
    TF_IN_AUTOMATION: "1",
    CHECKPOINT_DISABLE: "1",
    // Fewer collections of garbage: the provider's schema alone is most of what a plan keeps in memory.
    GOGC: "200",
    AWS_ENDPOINT_URL: endpoint,
    // The S3 backend reads the variables of each service only.
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_ENDPOINT_URL_STS: endpoint,
    AWS_ENDPOINT_URL_IAM: endpoint,
    AWS_ACCESS_KEY_ID: DEPLOYER.accessKeyId,
    AWS_SECRET_ACCESS_KEY: DEPLOYER.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  };
}
