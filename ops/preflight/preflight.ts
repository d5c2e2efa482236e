/** Everything that can be known before a deployment, asked at once. */

import { resolve4 } from "node:dns/promises";
import { UserError } from "../../cli/user-error.ts";
import { HOME_REGION } from "../../local/regions.ts";
import { Configuration, type JsonObject } from "../../local/terraform-json/index.ts";
import { type Aws, awsClients } from "../aws.ts";
import { awsErrorInWords, isUnreachable } from "../aws-error.ts";
import { isLocalApi } from "../environment/local-api.ts";
import type { Session } from "../environment/session.ts";
import type { EnvironmentSettings } from "../environment/settings-file.ts";
import { credentials, earlierRun, lockTable, permissions, stateBucket } from "./account.ts";
import { logPolicies, networkQuotas, secretNames, taskQuotas, zones } from "./capacity.ts";
import { alarmSubscription, certificates, originName } from "./certificates.ts";
import { aurora, snapshot } from "./database.ts";
import { type Check, type Context, type Finding, fail, warn } from "./finding.ts";
import { image } from "./image.ts";
import { report } from "./report.ts";

/** In the order in which they are shown. */
const CHECKS: Readonly<Record<string, Check>> = {
  "state bucket": stateBucket,
  "lock table": lockTable,
  image,
  Aurora: aurora,
  "database snapshot": snapshot,
  "availability zones": zones,
  "network quotas": networkQuotas,
  "task quotas": taskQuotas,
  "log policies": logPolicies,
  "names of secrets": secretNames,
  certificates,
  "origin name": originName,
  "earlier environment": earlierRun,
  permissions,
  "alarm subscription": alarmSubscription,
};

/** Whoever gives the credentials may ask for a login in a browser, or for a device's code. */
const CREDENTIALS_MS = 5 * 60_000;

export interface PreflightOptions {
  readonly aws: Aws;
  /** Clients in another region, for the state. @default AWS's own */
  readonly inRegion?: (region: string) => Pick<Aws, "s3" | "dynamoDb">;
  readonly settings: EnvironmentSettings;
  /** The synthesised stack. */
  readonly stack: JsonObject;
  /** @default the system's; on a local API, whose names are in no DNS, every name leads here */
  readonly resolve?: Context["resolve"];
  /** @default Date.now */
  readonly now?: () => number;
  /** Ends it early, with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** How long all of it may take, once there are credentials: the checks run at the same time. @default 15 s */
  readonly timeoutMs?: number;
}

/** @returns one finding at least for each check; without credentials, that alone */
export async function preflight({
  aws,
  inRegion = (region) => awsClients({ region, credentials: aws.sts.config.credentials }),
  settings,
  stack,
  resolve = isLocalApi(settings.environment) ? async () => ["127.0.0.1"] : addressesOf,
  now = Date.now,
  signal,
  timeoutMs = 15_000,
}: PreflightOptions): Promise<Finding[]> {
  const { STATE_REGION: stateRegion = HOME_REGION } = settings.values;
  const context: Context = {
    aws,
    stateAws: stateRegion === HOME_REGION ? aws : inRegion(stateRegion),
    settings,
    config: new Configuration(stack),
    option: settings.file ? ` --settings ${settings.file}` : "",
    resolve,
    now,
  };
  using login = timeLimit(CREDENTIALS_MS);
  const asked = credentials(context);
  const early = await Promise.race([
    asked,
    // Of what is wrong with them `asked` tells.
    aws.sts.config.credentials().then(
      () => undefined,
      () => undefined,
    ),
    login.over.then((seen) => [
      fail("credentials", seen, "see what credential_process or the login waits for"),
    ]),
  ]);
  using all = timeLimit(timeoutMs);
  const who =
    early ??
    (await Promise.race([
      asked,
      all.over.then((seen) => [fail("credentials", seen, "see that this machine reaches AWS")]),
    ]));
  signal?.throwIfAborted(); // a check takes a call that broke off for an answer
  if (who.some(({ result }) => result === "fail")) return [...who];
  const found = await Promise.all(
    Object.entries(CHECKS).map(([name, check]) => inTime(name, check(context), all.over)),
  );
  signal?.throwIfAborted();
  return [...who, ...found.flat()];
}

/** `over` says, when it is, how long nobody answered. */
function timeLimit(ms: number): Disposable & { readonly over: Promise<string> } {
  const { promise: over, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(resolve, ms, `no answer within ${ms / 1000} s`);
  return { over, [Symbol.dispose]: () => clearTimeout(timer) };
}

/** Before a plan: what does not pass is told, and what fails ends it. @throws UserError */
export async function demandPreflight(session: Session, stack: JsonObject): Promise<void> {
  session.say("Preflight …");
  const { aws, settings, signal } = session;
  const found = await preflight({ aws, settings, stack, signal });
  session.say(report(found, "what does not pass"));
  const failed = found.filter(({ result }) => result === "fail").length;
  if (failed > 0)
    throw new UserError(
      `Preflight: ${failed} of these stand against a deployment. Mend them, or see bin/catalog preflight.`,
    );
}

/** What could not be asked is no failure of the environment, but is said; where nobody answers, Terraform gets no answer either. */
async function inTime(
  name: string,
  check: ReturnType<Check>,
  timeUp: Promise<string>,
): Promise<readonly Finding[]> {
  try {
    return await Promise.race([check, timeUp.then((seen) => [warn(name, seen, "run it again")])]);
  } catch (error) {
    if (isUnreachable(error))
      return [fail(name, awsErrorInWords(error)!, "check STATE_REGION, and that this machine reaches AWS")];
    const { name: code, message } = error as Error;
    const [first] = message.split("\n");
    return [warn(name, `could not be asked: ${code}: ${first}`, "see that whoever deploys may ask this")];
  }
}

const addressesOf = (name: string): Promise<readonly string[]> => resolve4(name).catch(() => []);
