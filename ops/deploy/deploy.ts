/** A deployment from the settings to customers: planned, confirmed, applied, watched, verified. */
import { UserError } from "../../cli/user-error.ts";
import type { JsonObject } from "../../local/terraform-json/index.ts";
import { closeDefaultEgress } from "../adopt/default-egress.ts";
import { isLocalApi } from "../environment/local-api.ts";
import type { Session } from "../environment/session.ts";
import { TerraformFailed } from "../terraform.ts";
import { type Addresses, addressesOf } from "./addresses.ts";
import { serviceNameOf } from "./ecs.ts";
import { locked, makePlan, type Planned } from "./plan.ts";
import { ApplyProgress } from "./progress.ts";
import { type Verification, verify } from "./verify.ts";
import { ServiceWatch } from "./watch.ts";

/** The deployment did not succeed; the message says why, in ECS's words where the tasks are the reason. */
export class DeploymentFailed extends UserError {}

export interface Deployed {
  readonly suffix: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly verification: readonly Verification[];
  readonly changes: number;
  /** Where a local AWS API's edge and balancer answer, since the names among the outputs are in no DNS. */
  readonly local?: Addresses | undefined;
}

export interface DeployOptions {
  /** Shows the plan, and asks. Throws when it is not confirmed. */
  readonly confirm: (planned: Planned) => Promise<void>;
  /** See {@link ServiceWatch} and {@link verify}: tests are not as patient. */
  readonly polling?: { readonly everyMs?: number; readonly timeoutMs?: number; readonly now?: () => number };
}

/** @throws UserError, DeploymentFailed among them */
export async function deploy(session: Session, { confirm, polling }: DeployOptions): Promise<Deployed> {
  const { workspace, settings, signal } = session;
  try {
    const planned = await makePlan(session);
    await confirm(planned);
    signal.throwIfAborted();
    if (planned.changes.length > 0) await apply(session, planned, polling);
    const { outputs, taskDefinition } = await readState(session);
    const addresses = await addressesOf(outputs, settings.suffix, settings.environment);
    session.say("Verifying …");
    const verification = await verify({
      ...polling,
      aws: session.aws,
      name: serviceNameOf(planned.stack),
      taskDefinition,
      addresses,
      say: session.say,
      signal,
    });
    const local = isLocalApi(settings.environment) ? addresses : undefined;
    return { suffix: settings.suffix, outputs, verification, changes: planned.changes.length, local };
  } finally {
    await workspace.discardPlan();
  }
}

async function apply(session: Session, planned: Planned, polling: DeployOptions["polling"]): Promise<void> {
  const { workspace, aws, signal } = session;
  const { terraform } = workspace;
  await closeDefaultEgress(aws, importedGroups(planned));
  const progress = new ApplyProgress(planned.changes.length);
  const watch = new ServiceWatch({
    ...polling,
    aws,
    name: serviceNameOf(planned.stack),
    say: (line) => progress.line(line),
  });
  const done = new AbortController();
  session.onTerraform = progress.onEvent;
  // A first version that does not start has no version to go back to: Terraform would wait for twenty minutes.
  const watching = watch.run(AbortSignal.any([signal, done.signal])).then((failure) => {
    if (failure && !failure.rollsBack) terraform.interrupt();
  });
  try {
    const outcome = await terraform.tryApply(workspace.planFile);
    done.abort();
    await watching;
    // What ECS still had to say about a rollback that Terraform took for a success.
    await watch.look().catch(() => undefined);
    signal.throwIfAborted();
    if (watch.failure)
      throw new DeploymentFailed(
        `The new version does not start${watch.failure.rollsBack ? ", and ECS went back to the one before" : ""}. ${watch.failure.reason}`,
      );
    if (outcome.exitCode !== 0) throw failed(outcome.errors, watch.reason, session.settings.file);
  } finally {
    done.abort();
    progress.stop();
    session.onTerraform = undefined;
  }
}

function failed(
  errors: ConstructorParameters<typeof TerraformFailed>[1],
  reason: string | undefined,
  file: string | undefined,
): UserError {
  const stale = errors.some(({ summary }) => /saved plan is stale/i.test(summary));
  if (stale)
    return new DeploymentFailed("Somebody changed the environment after this plan was made: deploy again.");
  const error = new TerraformFailed("apply", errors);
  return locked(error, file) ?? new DeploymentFailed(`${error.message}${reason ? `\n  ECS: ${reason}` : ""}`);
}

const importedGroups = ({ json }: Planned): string[] =>
  (
    (json.resource_changes ?? []) as unknown as { type: string; change: { importing?: { id: string } } }[]
  ).flatMap(({ type, change }) =>
    type === "aws_security_group" && change.importing ? [change.importing.id] : [],
  );

/** Outputs, and the task definition that was planned, from the state. */
async function readState({ workspace }: Session): Promise<{
  outputs: Record<string, string>;
  taskDefinition: string;
  resources: readonly { type: string; values: JsonObject }[];
}> {
  const { values } = JSON.parse(await workspace.terraform.show()) as {
    values?: {
      outputs?: Record<string, { value: string; sensitive?: boolean }>;
      root_module?: { resources?: { type: string; mode: string; values: JsonObject }[] };
    };
  };
  const resources = (values?.root_module?.resources ?? []).filter(({ mode }) => mode === "managed");
  const definitions = resources.filter(({ type }) => type === "aws_ecs_task_definition");
  return {
    resources,
    outputs: Object.fromEntries(
      Object.entries(values?.outputs ?? {}).flatMap(([name, { value, sensitive }]) =>
        sensitive ? [] : [[name, value]],
      ),
    ),
    taskDefinition: String(
      definitions.find(({ values: each }) => /task-api-/.test(String(each.family)))?.values.arn ?? "",
    ),
  };
}
