import { AWS_ALONE, type ExpectedAlarm } from "./expected-alarm.ts";

const RDS = "AWS/RDS";
const LIKE_THE_READER = "`slow-reader` does to the reader what would be done to the writer";

export const DATABASE_ALARMS: Readonly<Record<string, ExpectedAlarm>> = {
  "database-away": {
    rings: "below",
    minutes: 3,
    threshold: [1, 1],
    of: [`${RDS}/DatabaseConnections`],
    missing: "breaching",
    runbook: "the-database-is-away",
    drills: ["failover"],
  },
  ...Object.fromEntries(
    ["writer", "reader"].flatMap((role): [string, ExpectedAlarm][] => [
      [
        `${role}-cpu`,
        {
          rings: "above",
          minutes: 10,
          threshold: [70, 95],
          of: [`${RDS}/CPUUtilization`],
          runbook: "the-database-is-busy",
          ...(role === "reader" ? { drills: ["slow-reader"] } : { drills: [], noDrill: LIKE_THE_READER }),
        },
      ],
      [
        `${role}-memory`,
        {
          rings: "below",
          minutes: 10,
          threshold: [2 ** 27, 2 ** 30],
          of: [`${RDS}/FreeableMemory`],
          runbook: "the-database-is-busy",
          drills: [],
          noDrill: AWS_ALONE,
        },
      ],
      [
        `${role}-disk`,
        {
          rings: "below",
          minutes: 10,
          threshold: [2 ** 28, 2 ** 32],
          of: [`${RDS}/FreeLocalStorage`],
          runbook: "the-database-is-busy",
          drills: [],
          noDrill: AWS_ALONE,
        },
      ],
      [
        `${role}-burst-credits`,
        {
          rings: "below",
          minutes: 15,
          threshold: [5, 100],
          of: [`${RDS}/CPUCreditBalance`],
          runbook: "burst-credits-are-spent",
          drills: [],
          noDrill: AWS_ALONE,
          onlyWith: "a burstable DATABASE_INSTANCE_CLASS or DATABASE_READER_INSTANCE_CLASS",
        },
      ],
    ]),
  ),
  "replica-lag": {
    rings: "above",
    minutes: 5,
    threshold: [500, 30_000],
    of: [`${RDS}/AuroraReplicaLagMaximum`],
    runbook: "the-reader-is-behind",
    drills: [],
    noDrill: AWS_ALONE,
  },
};
