/** What operators do to an environment that serves customers: every setting changed, and a deployment rolled back. */
import { DescribeSecretCommand } from "@aws-sdk/client-secrets-manager";
import { UserError } from "../../../cli/user-error.ts";
import type { Answer, Call } from "../call.ts";
import type { Environment } from "../environment.ts";
import type { Progress } from "../progress.ts";
import { IMAGES } from "../settings.ts";
import { type Assertions, planNothing } from "../steps.ts";
import { RollingBack } from "./rollback.ts";
import { applyChange, drawn, planChanges } from "./run.ts";
import { CERTIFICATES, CHANGES, type Change } from "./table.ts";
import { World } from "./world.ts";

export interface LiveChangesOptions {
  readonly environment: Environment;
  readonly progress: Progress;
  readonly assertions: Assertions;
  readonly watch: Watch;
  /** Rows to apply: all, those of these names, or so many drawn by a seed. */
  readonly apply: "all" | readonly string[] | { readonly count: number; readonly seed: number };
}

/** Sees every call between an environment's Terraform and AWS, from the first on. */
export class Watch {
  readonly world = new World({ certificates: CERTIFICATES });
  readonly rollingBack = new RollingBack();

  /** For the environment's gateway. */
  get gateway() {
    return {
      onCall: (call: Call, answer?: Answer) => answer && this.world.observe(call, answer),
      rewrite: (call: Call) => this.rollingBack.rewrite(call),
    };
  }
}

/** Changes a deployed environment in every way that an operator may. It ends as it began. */
export async function changeLive({
  environment,
  progress,
  assertions,
  watch,
  apply,
}: LiveChangesOptions): Promise<void> {
  const { suffix } = environment;
  const matrix = { environment, assertions, world: watch.world };
  assertions.demand(
    watch.world.violations.length === 0,
    `while '${suffix}' was made:\n  ${watch.world.violations.join("\n  ")}`,
  );
  await progress.phase(suffix, "a deployment that is rolled back", () =>
    failRolledBack(environment, watch, assertions),
  );
  const rows = rowsOf(apply);
  const planned = Array.isArray(apply) ? rows : CHANGES;
  if (planned.length === 0) return;
  await progress.phase(suffix, "plan changes", () => planChanges(matrix, planned));
  for (const change of rows) await progress.phase(suffix, change.name, () => applyChange(matrix, change));
}

function rowsOf(apply: LiveChangesOptions["apply"]): readonly Change[] {
  if (apply === "all") return CHANGES;
  if ("count" in apply) return drawn(apply.count, apply.seed);
  return apply.map((name) => {
    const found = CHANGES.find((change) => change.name === name);
    if (!found)
      throw new UserError(
        `There is no change '${name}': use one of ${CHANGES.map((each) => `'${each.name}'`).join(", ")}.`,
      );
    return found;
  });
}

/** An apply whose new tasks do not get healthy fails, and keeps what the old ones need; the next one mends it. */
async function failRolledBack(
  environment: Environment,
  watch: Watch,
  assertions: Assertions,
): Promise<string> {
  const { aws, suffix, terraform } = environment;
  const secrets = ["db-api-password", "api-keys"].map((kind) => `${kind}-${suffix}-v1`);
  const exists = async (name: string) =>
    aws.secrets.send(new DescribeSecretCommand({ SecretId: name })).then(
      () => true,
      () => false,
    );
  await environment.write(IMAGES.second, { DATABASE_PASSWORD_VERSION: "2", API_KEYS_VERSION: "2" });
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
  await terraform.apply();
  await planNothing(environment, assertions, "after the deployment that succeeded");
  await environment.write(IMAGES.first, {});
  await terraform.apply();
  assertions.demand(
    watch.world.violations.length === 0,
    `a deployment that was rolled back:\n  ${watch.world.violations.join("\n  ")}`,
  );
  return "the apply fails, the old secrets stay, and the next apply takes them away";
}
