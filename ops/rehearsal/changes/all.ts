/** Rows of the change matrix applied one by one, and earlier releases brought to this one: what `--all` and `--row` do. */
import { UserError } from "../../../cli/user-error.ts";
import { Authorisation } from "../authorisation.ts";
import { makeEnvironment, type Run } from "../happy-path.ts";
import { DEPLOYER } from "../settings.ts";
import { RehearsalFailed } from "../steps.ts";
import {
  applyRow,
  failRolledBack,
  type LiveChangesOptions,
  numbered,
  planRows,
  type Selection,
  Watch,
} from "./live.ts";
import { RELEASES, type Release, upgrade } from "./releases.ts";
import { type Failure, runAll, type Task } from "./run-all.ts";

interface Bed extends Omit<Run, "authorisation" | "environment"> {
  /** Takes what is asked of the deployer's policy. */
  readonly asked: Set<string>;
  readonly signal: AbortSignal;
}

/** Environments that rows are applied on side by side: an apply waits for AWS most of its time. */
const CONCURRENCY = 3;

/**
 * Goes through all that is selected, past what fails.
 *
 * @throws RehearsalFailed with everything that did not hold, and how to run it again
 */
export async function applySelection(bed: Bed, { rows, releases }: Selection): Promise<void> {
  const onRows: Task<LiveChangesOptions>[] = [
    { name: "a deployment that is rolled back", run: failRolledBack },
    { name: "plan changes", run: (context) => planRows(context, rows) },
    ...rows.map((row) => ({
      name: row.name,
      usesUp: row.backRefusedBy !== undefined,
      run: (context: LiveChangesOptions) => applyRow(context, row, numbered(row.name)),
    })),
  ];
  let made = 0;
  const failures = await Promise.all([
    runAll(rows.length > 0 ? onRows : [], {
      concurrency: Math.min(CONCURRENCY, rows.length),
      makeContext: () => makeContext(bed, `changes-${++made}`),
      signal: bed.signal,
    }),
    runAll(
      releases.map((release) => ({ name: release.name, run: () => upgradeRelease(bed, release) })),
      { concurrency: 1, makeContext: async () => undefined, signal: bed.signal },
    ),
  ]);
  const failed = failures.flat();
  const selectable = [...rows, ...releases].map(({ name }) => name);
  if (failed.length > 0) throw new RehearsalFailed(told(failed, selectable));
}

/** Every failure with its reason, and the command that goes through the rows and releases among them again. */
function told(failed: readonly Failure[], selectable: readonly string[]): string {
  const reasons = failed.map(({ name, error }) => `${name}: ${reason(error)}`);
  const again = failed
    .filter(({ name }) => selectable.includes(name))
    .map(({ name }) => `'${name.replaceAll("'", `'\\''`)}'`);
  const command = again.length === 0 ? [] : [`These again: bin/catalog rehearse --row ${again.join(" ")}`];
  return [`${failed.length} failed:`, ...reasons, ...command].join("\n\n");
}

/** A defect shows its stack; a demand that did not hold needs none. */
const reason = (error: unknown): string =>
  error instanceof UserError || !(error instanceof Error) ? String(error) : (error.stack ?? error.message);

/** Makes an environment for rows, watched from its first call on. */
async function makeContext(bed: Bed, suffix: string): Promise<LiveChangesOptions> {
  const watch = new Watch();
  const authorisation = new Authorisation(DEPLOYER.accessKeyId, bed.asked);
  const gateway = { ...watch.gateway, faults: authorisation };
  const environment = await bed.testBed.environment(suffix, gateway);
  const options = { ...bed, authorisation, environment, watch };
  await makeEnvironment(options);
  return options;
}

/** A release in an environment of its own, from nothing to this release and to nothing again. */
async function upgradeRelease({ testBed, progress, assertions }: Bed, release: Release): Promise<void> {
  const watch = new Watch();
  const suffix = `release-${RELEASES.indexOf(release) + 1}`;
  const environment = await testBed.environment(suffix, watch.gateway);
  await progress.phase(suffix, `${numbered(release.name)} to this release`, () =>
    upgrade(release, environment, watch.world, assertions),
  );
  await progress.phase(suffix, "destroy", async () => {
    const { applied } = await environment.terraform.destroy();
    return `${applied.length} resources`;
  });
}
