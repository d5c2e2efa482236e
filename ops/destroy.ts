/** Takes an environment away, and looks at what is left of it. */
import {
  CreateDBClusterSnapshotCommand,
  DescribeDBClusterSnapshotsCommand,
  waitUntilDBClusterSnapshotAvailable,
} from "@aws-sdk/client-rds";
import { UserError } from "../cli/user-error.ts";
import { NO_SCHEDULES } from "./deploy/ecs.ts";
import { locked, takeOverForDestroy } from "./deploy/plan.ts";
import { ApplyProgress } from "./deploy/progress.ts";
import { makeReady } from "./environment/digest.ts";
import type { Session } from "./environment/session.ts";
import type { Item } from "./inventory/item.ts";
import { auditLeftovers, findLeftovers, type Leftovers } from "./leftovers/leftovers.ts";
import { clusterOf } from "./rds.ts";
import { TerraformFailed } from "./terraform.ts";

export interface DestroyOptions {
  /** Shows what goes, and asks. Throws when it is not confirmed. */
  readonly confirm: (existing: readonly Item[]) => Promise<void>;
  /** Take a snapshot of the database first. */
  readonly keepData: boolean;
}

export interface Destroyed extends Leftovers {
  /** The snapshot that was taken; undefined without `keepData`, and when there was no database any more. */
  readonly snapshot: string | undefined;
}

/** How long a snapshot of the database may take. */
const SNAPSHOT_SECONDS = 3600;

/**
 * Destroys by the state, whatever an earlier run may have left in the folder; running it again goes on where it stopped.
 *
 * @throws UserError when it is not confirmed, locked, or Terraform fails
 */
export async function destroy(session: Session, { confirm, keepData }: DestroyOptions): Promise<Destroyed> {
  const { workspace, aws, settings, say, signal } = session;
  const { suffix } = settings;
  say("Listing what exists …");
  await confirm(await findLeftovers(aws, suffix));
  const snapshot = keepData ? await takeSnapshot(session) : undefined;
  say("Synthesising …");
  await workspace.synthesise(NO_SCHEDULES);
  await makeReady(session);
  try {
    await takeOverForDestroy(session);
  } finally {
    await workspace.discardPlan();
  }
  signal.throwIfAborted();
  await destroyByState(session);
  signal.throwIfAborted();
  say("Looking for what is left …");
  const left = await auditLeftovers(aws, suffix, { clean: true });
  return { ...left, snapshot };
}

async function destroyByState(session: Session): Promise<void> {
  const { workspace, signal, settings } = session;
  const progress = new ApplyProgress(undefined);
  session.onTerraform = progress.onEvent;
  const outcome = await workspace.terraform.tryDestroy().finally(() => progress.stop());
  session.onTerraform = undefined;
  signal.throwIfAborted();
  if (outcome.exitCode === 0) return;
  const error = new TerraformFailed("destroy", outcome.errors);
  throw (
    locked(error, settings.file) ??
    new UserError(`${error.message}\nRun it again: it goes on where it stopped.`)
  );
}

/**
 * Named as everything of the environment is, so that the audit of leftovers finds it. Where an earlier run has begun one, that is
 * waited for; where it has deleted the database, there is nothing to take one of.
 *
 * @returns undefined without a database
 */
async function takeSnapshot(session: Session): Promise<string | undefined> {
  const { aws, settings, say, signal } = session;
  const DBClusterIdentifier = `aurora-${settings.suffix}`;
  if (!(await hasDatabase(aws, DBClusterIdentifier))) {
    say(`There is no ${DBClusterIdentifier}, or it is being deleted: no snapshot is taken.`);
    return undefined;
  }
  const begun = await snapshotBegun(aws, DBClusterIdentifier);
  const DBClusterSnapshotIdentifier = begun ?? `snapshot-${timestamp()}-${settings.suffix}`;
  say(`Taking ${DBClusterSnapshotIdentifier} …`);
  if (!begun)
    await aws.rds.send(
      new CreateDBClusterSnapshotCommand({
        DBClusterIdentifier,
        DBClusterSnapshotIdentifier,
        Tags: [
          { Key: "Name", Value: DBClusterSnapshotIdentifier },
          { Key: "Project", Value: "catalog-api" },
          { Key: "Environment", Value: "production" },
        ],
      }),
    );
  await waitUntilDBClusterSnapshotAvailable(
    { client: aws.rds, maxWaitTime: SNAPSHOT_SECONDS, abortSignal: signal },
    { DBClusterSnapshotIdentifier },
  );
  return DBClusterSnapshotIdentifier;
}

async function hasDatabase({ rds }: Session["aws"], name: string): Promise<boolean> {
  const cluster = await clusterOf(rds, name);
  return cluster !== undefined && cluster.Status !== "deleting";
}

async function snapshotBegun(
  { rds }: Session["aws"],
  DBClusterIdentifier: string,
): Promise<string | undefined> {
  const manual = { DBClusterIdentifier, SnapshotType: "manual" };
  const { DBClusterSnapshots = [] } = await rds.send(new DescribeDBClusterSnapshotsCommand(manual));
  return DBClusterSnapshots.find(({ Status }) => Status === "creating")?.DBClusterSnapshotIdentifier;
}

/** `20261128t183005`: letters, digits and hyphens are all that RDS takes. */
const timestamp = (): string => new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "").toLowerCase();
