/** What operators do to an environment that serves customers: every setting changed, and a deployment rolled back. */
import { DescribeSecretCommand } from "@aws-sdk/client-secrets-manager";
import { UserError } from "../../../cli/user-error.ts";
import type { ApiResponse, Call } from "../call.ts";
import type { Environment } from "../environment.ts";
import type { Progress } from "../progress.ts";
import { IMAGES } from "../settings.ts";
import { type Assertions, planNothing } from "../steps.ts";
import { pairwise } from "./pairs.ts";
import { RELEASES, type Release } from "./releases.ts";
import { RollingBack } from "./rollback.ts";
import { applyChange, demandRefusal, drawn, planChanges } from "./run.ts";
import { CERTIFICATES, CHANGES, type Change } from "./table.ts";
import { SecretVersions } from "./versions.ts";
import { World } from "./world.ts";

export interface LiveChangesOptions {
  readonly environment: Environment;
  readonly progress: Progress;
  readonly assertions: Assertions;
  readonly watch: Watch;
}

/** Sees every call between an environment's Terraform and AWS, from the first on. */
export class Watch {
  readonly world = new World({ certificates: CERTIFICATES });
  readonly rollingBack = new RollingBack();
  readonly versions = new SecretVersions();

  /** For the environment's gateway. */
  get gateway() {
    return {
      onCall: (call: Call, answer?: ApiResponse) => answer && this.world.observe(call, answer),
      rewrite: (call: Call) => this.rollingBack.rewrite(call),
    };
  }
}

/**
 * Changes a deployed environment as an operator may: a deployment that is rolled back, the plan of every row, and so many
 * rows, drawn by a seed, in one change there and back. It ends as it began, but for versions of secrets.
 */
export async function changeLive(
  options: LiveChangesOptions,
  { count, seed }: { readonly count: number; readonly seed: number },
): Promise<void> {
  await failRolledBack(options);
  await planRows(options, CHANGES);
  await applyRow(options, drawn(count, seed));
}

/** Plans rows, each as a change of the environment as it was made. */
export async function planRows(options: LiveChangesOptions, rows: readonly Change[]): Promise<void> {
  const { environment, progress } = options;
  await progress.phase(environment.suffix, "plan changes", () => planChanges(matrixOf(options), rows));
}

/** Applies a row there and back. @param title what progress calls it */
export async function applyRow(options: LiveChangesOptions, row: Change, title = row.name): Promise<void> {
  const { environment, progress } = options;
  await progress.phase(environment.suffix, title, () => applyChange(matrixOf(options), row));
}

const matrixOf = ({ environment, assertions, watch }: LiveChangesOptions) => ({
  environment,
  assertions,
  world: watch.world,
  versions: watch.versions,
});

/** Rows of the change matrix, and earlier releases to come from. */
export interface Selection {
  readonly rows: readonly Change[];
  readonly releases: readonly Release[];
}

const ROWS: readonly Change[] = [...CHANGES, ...pairwise(CHANGES)];
const NAMES = [...RELEASES, ...ROWS].map(({ name }) => name);

/** A release or row as progress names it, by the number from which `--all --from` goes on. */
export const numbered = (name: string): string => `${NAMES.indexOf(name) + 1}/${NAMES.length} ${name}`;

/**
 * Everything, in order.
 *
 * @param from number of the release or row to begin with, of a run that was stopped there
 * @throws UserError for a number above the last one's
 */
export function everything(from = 1): Selection {
  if (from > NAMES.length)
    throw new UserError(`--from ${from} is above ${NAMES.length}, the number of the last row: lower it.`);
  return selected(NAMES.slice(from - 1));
}

/** @throws UserError for a name that no row has */
export function selected(names: readonly string[]): Selection {
  const unknown = names.find((name) => !NAMES.includes(name));
  if (unknown !== undefined)
    throw new UserError(
      `There is no change '${unknown}': use one of ${NAMES.map((name) => `'${name}'`).join(", ")}.`,
    );
  return {
    rows: ROWS.filter(({ name }) => names.includes(name)),
    releases: RELEASES.filter(({ name }) => names.includes(name)),
  };
}

/** The environment was made without anything in use being missing; then a deployment is rolled back. */
export async function failRolledBack({
  environment,
  progress,
  assertions,
  watch,
}: LiveChangesOptions): Promise<void> {
  const { suffix } = environment;
  assertions.demand(
    watch.world.violations.length === 0,
    `while '${suffix}' was made:\n  ${watch.world.violations.join("\n  ")}`,
  );
  await progress.phase(suffix, "a deployment that is rolled back", () =>
    rollBack(environment, watch, assertions),
  );
}

/** An apply whose new tasks do not get healthy fails, and keeps what the old ones need; the next one mends it. */
async function rollBack(environment: Environment, watch: Watch, assertions: Assertions): Promise<string> {
  const { aws, suffix, terraform } = environment;
  const secrets = ["db-api-password", "api-keys"].map((kind) => `${kind}-${suffix}-v1`);
  const exists = async (name: string) =>
    aws.secrets.send(new DescribeSecretCommand({ SecretId: name })).then(
      () => true,
      () => false,
    );
  const set = watch.versions.row();
  const rotated = set({ DATABASE_PASSWORD_VERSION: "2", API_KEYS_VERSION: "2" });
  await environment.write(IMAGES.second, rotated);
  watch.world.begin();
  watch.rollingBack.active = true;
  const failed = await terraform.tryApply();
  watch.rollingBack.active = false;
  const said = failed.errors.map(({ summary, detail }) => `${summary} ${detail}`).join("\n");
  assertions.demand(
    failed.exitCode === 1 && /put the service back on the revision before/.test(said),
    `an apply whose deployment was rolled back ended with ${failed.exitCode}:\n${said}`,
  );
  for (const name of secrets)
    assertions.demand(await exists(name), `${name} is gone, and the tasks that were put back need it`);
  const again = watch.versions.planned({ DATABASE_PASSWORD_VERSION: "2", API_KEYS_VERSION: "2" });
  await demandRefusal({ environment, assertions }, "a second rotation", "plan-secret-in-tasks", again);
  await environment.write(IMAGES.second, rotated);
  await terraform.apply();
  await planNothing(environment, assertions, "after the deployment that succeeded");
  await environment.write(IMAGES.first, set({})); // versions of secrets only rise
  await terraform.apply();
  assertions.demand(
    watch.world.violations.length === 0,
    `a deployment that was rolled back:\n  ${watch.world.violations.join("\n  ")}`,
  );
  return "the apply fails, the old secrets stay, and the next apply takes them away";
}
