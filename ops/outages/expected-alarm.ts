/** What an alarm is expected to be. Its name is `alarm-<key>-<suffix>`. */
export interface ExpectedAlarm {
  /** Minutes from the beginning of the fault on, at the latest; CloudWatch's own delay of a minute or two comes on top. */
  readonly minutes: number;
  /** What it is computed from, as `namespace/metric statistic`; `PR` is the share of answers within the latency objective. */
  readonly of: readonly string[];
  /** What a period without data counts as. @default "notBreaching" */
  readonly missing?: "breaching" | "ignore";
  /** Where the playbook is, in MONITORING_GUIDE.md. */
  readonly runbook: string;
  /** The preview's drills that make it ring, each a test of it. */
  readonly drills: readonly string[];
  /** Why no drill can; the test of the preview's alarms plays the figures of such an outage. @default - one does */
  readonly noDrill?: string;
  /** The setting without which the alarm is not there. @default - it always is */
  readonly onlyWith?:
    | "WEB_ACL"
    | "CERTIFICATE_ARN"
    | "ORIGIN_CERTIFICATE_ARN"
    | "a burstable DATABASE_INSTANCE_CLASS or DATABASE_READER_INSTANCE_CLASS";
}

/** Its metrics stand with AWS's page in local/cloudwatch/metrics.ts. */
export const AWS_ALONE = "AWS alone measures it";
