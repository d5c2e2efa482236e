/** Instance classes of Aurora as AWS's pages describe them. */

export interface InstanceClass {
  cpus: number;
  gigabytes: number;
  /**
   * Of classes that burst. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-credits-baseline-concepts.html: one
   * credit is one processor for a minute; they are earned by the hour, and kept for a day.
   */
  creditsPerHour?: number;
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.DBInstanceClass.Summary.html */
export const CLASSES: Readonly<Record<string, InstanceClass>> = {
  "db.t3.medium": { cpus: 2, gigabytes: 4, creditsPerHour: 24 },
  "db.t3.large": { cpus: 2, gigabytes: 8, creditsPerHour: 36 },
  "db.t4g.medium": { cpus: 2, gigabytes: 4, creditsPerHour: 24 },
  "db.t4g.large": { cpus: 2, gigabytes: 8, creditsPerHour: 36 },
  "db.r5.large": { cpus: 2, gigabytes: 16 },
  "db.r5.xlarge": { cpus: 4, gigabytes: 32 },
  "db.r6g.large": { cpus: 2, gigabytes: 16 },
  "db.r6g.xlarge": { cpus: 4, gigabytes: 32 },
  "db.r6g.2xlarge": { cpus: 8, gigabytes: 64 },
  "db.r7g.large": { cpus: 2, gigabytes: 16 },
  "db.r7g.xlarge": { cpus: 4, gigabytes: 32 },
};

/** Hours for which credits are kept; Aurora lets an instance go past them, at a price ("unlimited"). */
export const CREDIT_HOURS = 24;

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Managing.html: LEAST({DBInstanceClassMemory/9531392}, 5000) */
export const maxConnections = ({ gigabytes }: InstanceClass): number =>
  Math.min(5_000, Math.floor((gigabytes * 2 ** 30) / 9_531_392));
