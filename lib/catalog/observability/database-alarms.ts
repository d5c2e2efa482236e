import type { Alarm } from "../../aws/cloudwatch/index.ts";
import { Duration } from "../../aws/core/index.ts";
import type { AlarmMaker } from "./alarms.ts";
import type { WatchedParts } from "./parts.ts";

const MEBIBYTE = 1024 * 1024;
const BELOW = "LessThanThreshold";
/** Writer and reader do different work and fail apart: reads go to the reader, writes to the writer. */
const ROLES = [
  ["Writer", "WRITER"],
  ["Reader", "READER"],
] as const;

export function databaseAlarms(make: AlarmMaker, { database, settings }: WatchedParts): Alarm[] {
  const { cluster } = database;
  // Either: a failover swaps the roles, and a class that is not burstable has no credits to tell of.
  const burstable = [settings.databaseInstanceClass, settings.databaseReaderInstanceClass].some((each) =>
    each?.startsWith("db.t"),
  );
  return [
    make("DatabaseAway", "the-database-is-away", {
      means: "Nothing is connected to the writer: it is away, or no task reaches it.",
      metric: cluster.metricDatabaseConnections("WRITER", { statistic: "Maximum" }),
      threshold: 1,
      comparisonOperator: BELOW,
      evaluationPeriods: 3,
      treatMissingData: "breaching",
    }),
    ...ROLES.flatMap(([name, role]) => [
      make(`${name}Cpu`, "the-database-is-busy", {
        means: `The ${role.toLowerCase()}'s CPU stays high. Look at slow statements; raise DATABASE_INSTANCE_CLASS.`,
        metric: cluster.metricCpuUtilization(role),
        threshold: 85,
        evaluationPeriods: 10,
      }),
      make(`${name}Memory`, "the-database-is-busy", {
        means: `The ${role.toLowerCase()} has less than 256 MiB of memory left.`,
        metric: cluster.metricFreeableMemory(role),
        threshold: 256 * MEBIBYTE,
        comparisonOperator: BELOW,
        evaluationPeriods: 10,
      }),
      make(`${name}Disk`, "the-database-is-busy", {
        means: `The ${role.toLowerCase()} has less than 1 GiB of local disk left: large sorts will fail.`,
        metric: cluster.metricFreeLocalStorage(role),
        threshold: 1024 * MEBIBYTE,
        comparisonOperator: BELOW,
        evaluationPeriods: 10,
      }),
    ]),
    ...(burstable
      ? ROLES.map(([name, role]) =>
          make(`${name}BurstCredits`, "burst-credits-are-spent", {
            means: `The ${role.toLowerCase()} has nearly no burst credits left: from then on AWS bills what goes beyond the baseline.`,
            metric: cluster.metricCpuCreditBalance(role, { period: Duration.minutes(5) }),
            threshold: 30,
            comparisonOperator: BELOW,
            evaluationPeriods: 3,
          }),
        )
      : []),
    make("ReplicaLag", "the-reader-is-behind", {
      means: "The reader is over five seconds behind the writer: customers see old prices.",
      metric: cluster.metricReplicaLag(),
      threshold: 5_000,
      evaluationPeriods: 5,
    }),
  ];
}
