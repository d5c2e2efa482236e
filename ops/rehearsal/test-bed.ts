/** What a rehearsal stands on: a folder, moto, the state backend, and a gateway for each environment. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Aws, awsClients } from "../aws.ts";
import { bootstrap } from "../bootstrap/state-backend.ts";
import type { Tools } from "../tools.ts";
import type { Correction } from "./corrections/correction.ts";
import { corrections } from "./corrections/corrections.ts";
import { Environment } from "./environment.ts";
import { type GatewayOptions, startGateway } from "./gateway.ts";
import { cliConfiguration, findProviderMirror } from "./mirror.ts";
import { startMoto } from "./moto.ts";
import { CREDENTIALS, STATE } from "./settings.ts";

export interface TestBed {
  /** The folder of the run; it goes with it. */
  readonly folder: string;
  /** Clients past a gateway without faults. */
  readonly aws: Aws;
  readonly endpoint: string;
  readonly mirror: string | undefined;
  /** The address of a further gateway. */
  gateway(options: GatewaySetup): Promise<string>;
  environment(suffix: string, options?: GatewaySetup): Promise<Environment>;
}

/** What stands between an environment's Terraform and AWS, and who listens. */
export interface GatewaySetup extends Pick<GatewayOptions, "faults" | "onCall" | "rewrite"> {
  /** Called with each resource that Terraform finishes. */
  readonly onResource?: () => void;
}

/**
 * @param resources takes what has to be stopped and removed in the end, in reverse order
 * @param before answers before all corrections of moto. @default none
 */
export async function setUp(
  tools: Tools,
  resources: AsyncDisposableStack,
  before: readonly Correction[] = [],
): Promise<TestBed> {
  const folder = await mkdtemp(path.join(tmpdir(), "rehearsal-"));
  resources.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const mirror = findProviderMirror();
  await writeFile(path.join(folder, "terraform.rc"), cliConfiguration(mirror));

  const moto = await startMoto({ executable: tools.moto });
  resources.defer(() => moto.stop());
  const shared = { upstreamPort: moto.port, corrections: [...before, ...corrections()] };
  const gateway = async (options: GatewaySetup = {}): Promise<string> => {
    const started = await startGateway({ ...options, ...shared });
    resources.defer(() => started.close());
    return started.url;
  };
  const endpoint = await gateway();

  return {
    folder,
    endpoint,
    mirror,
    gateway,
    aws: awsClients({ local: { endpoint, credentials: CREDENTIALS } }),
    async environment(suffix, options = {}) {
      const environment = new Environment({
        runFolder: folder,
        suffix,
        terraform: tools.terraform,
        onResource: options.onResource,
        endpoint: await gateway(options),
      });
      resources.defer(() => environment.terraform.stop());
      return environment;
    },
  };
}

/** The bootstrap command's code, run twice: the second time finds everything as the first one left it. */
export async function makeStateBackend(endpoint: string): Promise<string> {
  const local = { endpoint, credentials: CREDENTIALS };
  const first = await bootstrap(STATE, local);
  const second = await bootstrap(STATE, local);
  const states = [first.bucket, first.lockTable, second.bucket, second.lockTable].join();
  if (states !== "created,created,present,present") throw new Error(`bootstrap twice made ${states}`);
  return "bucket and lock table, made once by two runs";
}
