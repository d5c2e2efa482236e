/** The database as it was at a moment, in a cluster of its own beside the environment's; it is in no state. */
import {
  CreateDBInstanceCommand,
  type DBCluster,
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  ModifyDBClusterCommand,
  RestoreDBClusterToPointInTimeCommand,
} from "@aws-sdk/client-rds";
import { UserError } from "../../cli/user-error.ts";
import type { Aws } from "../aws.ts";
import { clusterOf, instanceOf } from "../rds.ts";
import type { Poller } from "./poller.ts";

export interface RestoredNames {
  readonly source: string;
  readonly cluster: string;
  readonly writer: string;
}

/** As the audit of leftovers knows them; `aurora-restored-prod` would be the cluster of an environment called `restored-prod`. */
export const namesFor = (suffix: string): RestoredNames => ({
  source: `aurora-${suffix}`,
  cluster: `restored-aurora-${suffix}`,
  writer: `restored-aurora-writer-${suffix}`,
});

/** Cluster and writer that are there already are gone on with: a second run ends what a first one began. */
export async function restoreCluster(
  { rds }: Pick<Aws, "rds">,
  names: RestoredNames,
  to: Date | undefined,
  wait: Poller,
): Promise<DBCluster> {
  const source = await clusterOf(rds, names.source);
  if (!source) throw new UserError(`There is no cluster ${names.source}: nothing is deployed.`);
  const begun = await clusterOf(rds, names.cluster);
  if (begun) refuseAnotherMoment(begun, names.cluster, to);
  else {
    refuseMoment(source, to);
    wait.say(`Restoring ${names.cluster}${to ? ` as of ${to.toISOString()}` : ", as of now"} …`);
    await rds.send(
      new RestoreDBClusterToPointInTimeCommand({
        SourceDBClusterIdentifier: names.source,
        DBClusterIdentifier: names.cluster,
        ...(to ? { RestoreToTime: to } : { UseLatestRestorableTime: true }),
        DBSubnetGroupName: source.DBSubnetGroup,
        DBClusterParameterGroupName: source.DBClusterParameterGroup,
        VpcSecurityGroupIds: source.VpcSecurityGroups?.map(
          ({ VpcSecurityGroupId = "" }) => VpcSecurityGroupId,
        ),
        Tags: [...tagsOf(names.cluster), { Key: MOMENT_TAG, Value: to?.toISOString() ?? LATEST }],
      }),
    );
  }
  await wait.until(
    `${names.cluster} is available`,
    async () => (await clusterOf(rds, names.cluster))?.Status,
  );
  if (!(await instanceOf(rds, names.writer))) {
    const [member] = source.DBClusterMembers ?? [];
    const like = await instanceOf(rds, member?.DBInstanceIdentifier ?? "");
    await rds.send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: names.writer,
        DBClusterIdentifier: names.cluster,
        DBInstanceClass: like?.DBInstanceClass ?? "db.t3.medium",
        Engine: source.Engine ?? "aurora-postgresql",
        PubliclyAccessible: false,
        Tags: tagsOf(names.writer),
      }),
    );
  }
  await wait.until(
    `${names.writer} is available`,
    async () => (await instanceOf(rds, names.writer))?.DBInstanceStatus,
  );
  return (await clusterOf(rds, names.cluster))!;
}

/** The restored cluster has the password of its own time: today's opens both. */
export async function giveTodaysPassword(
  { rds, secrets }: Pick<Aws, "rds"> & { secrets: { read: () => Promise<string> } },
  { cluster }: RestoredNames,
  wait: Poller,
): Promise<void> {
  await rds.send(
    new ModifyDBClusterCommand({
      DBClusterIdentifier: cluster,
      MasterUserPassword: await secrets.read(),
      ApplyImmediately: true,
    }),
  );
  // RDS takes a moment to say that it is at it.
  await wait.pause();
  await wait.until(`${cluster} has today's password`, async () => (await clusterOf(rds, cluster))?.Status);
}

/** Takes both away again; what is not there is no error. */
export async function removeRestored(
  { rds }: Pick<Aws, "rds">,
  { cluster, writer }: RestoredNames,
  wait: Poller,
): Promise<void> {
  if (await instanceOf(rds, writer)) {
    await rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: writer }));
    await wait.until(`${writer} is gone`, async () => (await instanceOf(rds, writer)) ?? "gone", "gone");
  }
  if (!(await clusterOf(rds, cluster))) return;
  await rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: cluster, SkipFinalSnapshot: true }));
  await wait.until(`${cluster} is gone`, async () => (await clusterOf(rds, cluster)) ?? "gone", "gone");
}

function refuseMoment(
  { EarliestRestorableTime: first, LatestRestorableTime: last }: DBCluster,
  to: Date | undefined,
) {
  if (!to || ((!first || to >= first) && (!last || to <= last))) return;
  throw new UserError(
    `${to.toISOString()} cannot be restored: choose a time from ${first?.toISOString()} to ${last?.toISOString()}.`,
  );
}

/** Of which moment a restored cluster is: AWS does not tell. */
const MOMENT_TAG = "RestoredTo";
const LATEST = "latest";

/** Whoever asks for another moment would get the data of the first. Without one, what was begun is gone on with. */
function refuseAnotherMoment({ TagList = [] }: DBCluster, cluster: string, to: Date | undefined): void {
  const of = TagList.find(({ Key }) => Key === MOMENT_TAG)?.Value;
  if (!to || of === to.toISOString()) return;
  const moment = of === undefined || of === LATEST ? "the latest moment of its time" : of;
  throw new UserError(
    `${cluster} is there already, as of ${moment}: go on with it without --to, or take it away first with --remove.`,
  );
}

const tagsOf = (Name: string) => [
  { Key: "Name", Value: Name },
  { Key: "Project", Value: "catalog-api" },
  { Key: "Environment", Value: "production" },
];
