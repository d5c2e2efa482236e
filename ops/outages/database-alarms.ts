import { AWS_ALONE, type ExpectedAlarm } from "./expected-alarm.ts";

const RDS = "AWS/RDS";
const LIKE_THE_READER = "`slow-reader` does to the reader what would be done to the writer";

export const DATABASE_ALARMS: Readonly<Record<string, ExpectedAlarm>> = {
  "database-away": {
    minutes: 3,
    of: [`${RDS}/DatabaseConnections Maximum`],
    missing: "breaching",
    runbook: "the-database-is-away",
    drills: ["failover"],
  },
  ...Object.fromEntries(
    ["writer", "reader"].flatMap((role): [string, ExpectedAlarm][] => [
      [
        `${role}-cpu`,
        {
          minutes: 10,
          of: [`${RDS}/CPUUtilization Average`],
          runbook: "the-database-is-busy",
          ...(role === "reader" ? { drills: ["slow-reader"] } : { drills: [], noDrill: LIKE_THE_READER }),
        },
      ],
      [
        `${role}-memory`,
        {
          minutes: 10,
          of: [`${RDS}/FreeableMemory Average`],
          runbook: "the-database-is-busy",
          drills: [],
          noDrill: AWS_ALONE,
        },
      ],
      [
        `${role}-disk`,
        {
          minutes: 10,
          of: [`${RDS}/FreeLocalStorage Average`],
          runbook: "the-database-is-busy",
          drills: [],
          noDrill: AWS_ALONE,
        },
      ],
      [
        `${role}-burst-credits`,
        {
          minutes: 15,
          of: [`${RDS}/CPUCreditBalance Average`],
          runbook: "burst-credits-are-spent",
          drills: [],
          noDrill: AWS_ALONE,
          onlyWith: "a burstable DATABASE_INSTANCE_CLASS or DATABASE_READER_INSTANCE_CLASS",
        },
      ],
    ]),
  ),
  "replica-lag": {
    minutes: 5,
    of: [`${RDS}/AuroraReplicaLagMaximum Maximum`],
    runbook: "the-reader-is-behind",
    drills: [],
    noDrill: AWS_ALONE,
  },
};
