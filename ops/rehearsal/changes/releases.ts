/** The stack as earlier releases synthesised it, to be brought to this one while it serves. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import type { Environment } from "../environment.ts";
import { IMAGES, STATE } from "../settings.ts";
import { type Assertions, audit, planNothing } from "../steps.ts";
import type { World } from "./world.ts";

export interface Release {
  /** `<version>-<variant>`, the file's name in `releases/` too. */
  readonly name: string;
  /** What the release was synthesised with, in this release's words. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Each release by default and with every option that it had; 0.1.0 is commit c7cd28f. */
export const RELEASES: readonly Release[] = [
  { name: "0.1.0-defaults", settings: {} },
  {
    name: "0.1.0-options",
    settings: {
      ON_DEMAND_BASE_TASKS: "1",
      ENABLE_EXECUTE_COMMAND: "true",
      SCHEDULED_MINIMUMS: "cron(0 5 27 11 ? 2126)=6; cron(0 1 1 12 ? 2126)=2",
      NAT_GATEWAYS: "1",
      ORIGIN_TOKEN_VERSION: "2",
      DOMAIN_NAME: "shop.example.com",
      CERTIFICATE_ARN: "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d",
      ORIGIN_DOMAIN_NAME: "origin.example.com",
      ORIGIN_CERTIFICATE_ARN: "arn:aws:acm:eu-north-1:123456789012:certificate/0a1b2c3d",
      WEB_ACL: "true",
      ALARM_EMAIL: "oncall@example.com",
    },
  },
];

/** What stands in a release's file where an environment has something of its own. */
const placeholders = (suffix: string): Readonly<Record<string, string>> => ({
  "suffix-here": suffix,
  "image.invalid/here:1": IMAGES.first,
  "state-bucket-here": STATE.bucket,
  "lock-table-here": STATE.lockTable,
});

/** Makes an environment by a release, and brings it to this one: nothing that holds data goes, and the way in stays open. */
export async function upgrade(
  { name, settings }: Release,
  environment: Environment,
  world: World,
  assertions: Assertions,
): Promise<string> {
  const file = path.join(import.meta.dirname, "..", "releases", `${name}.json.gz`);
  let text = gunzipSync(await readFile(file)).toString();
  for (const [placeholder, own] of Object.entries(placeholders(environment.suffix)))
    text = text.replaceAll(placeholder, own);
  await environment.put(JSON.parse(text));
  await environment.init();
  await environment.terraform.apply();

  await environment.write(IMAGES.first, settings);
  const plan = environment.file("release.tfplan");
  await environment.terraform.plan(plan);
  const { passed, report } = await audit(environment, plan);
  assertions.demand(passed, `${name}: the audit refuses the upgrade:\n${report}`);
  world.begin();
  const { applied } = await environment.terraform.apply(plan);
  assertions.demand(world.violations.length === 0, `from ${name}:\n  ${world.violations.join("\n  ")}`);
  await planNothing(environment, assertions, `after the upgrade from ${name}`);
  return `${applied.length} resources changed`;
}
