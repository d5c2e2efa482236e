import { decimal, integer, oneOf, optional, type SettingTable, text } from "./kinds.ts";
import { REGION } from "./region.ts";

/** The periods that CloudWatch Logs has, from the brief's 30 days up. */
const LOG_RETENTION_DAYS = [30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2557, 3653].map(
  String,
);

/** Who is told, what is promised, what is kept, and where Terraform keeps its state. */
export const OPERATIONS = {
  alarmEmail: optional({
    variable: "ALARM_EMAIL",
    // RFC 5321's lengths, and the characters of RFC 5322 but for those that Terraform and shells read.
    pattern:
      /^(?=.{6,254}$)(?!\.|[^@]*\.[.@])[\w.!#&'*+/=?^`|~-]{1,64}@(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+(?:[a-zA-Z]{2,63}|xn--[a-zA-Z0-9-]{0,58}[a-zA-Z0-9])$/,
    range: "a mail address",
    description: "Where alarms go",
  }),

  availabilityObjectivePercent: decimal({
    variable: "AVAILABILITY_OBJECTIVE_PERCENT",
    fallback: 99.9,
    range: [90, 99.99],
    description:
      "Share of requests at the edge that are no 5xx, over 30 days; alarms ring when it is at stake",
  }),
  latencyObjectivePercent: decimal({
    variable: "LATENCY_OBJECTIVE_PERCENT",
    fallback: 99,
    range: [50, 99.99],
    description: "Share of the API's answers within LATENCY_OBJECTIVE_MS, over 30 days",
  }),
  latencyObjectiveMs: integer({
    variable: "LATENCY_OBJECTIVE_MS",
    fallback: 1000,
    range: [10, 30_000],
    description: "Milliseconds from the load balancer to the first byte of an answer that is in time",
  }),
  logRetentionDays: oneOf({
    variable: "LOG_RETENTION_DAYS",
    fallback: "30",
    values: LOG_RETENTION_DAYS,
    description:
      "How long log groups are kept; the log bucket is always emptied after 30 days, as the brief asks",
  }),

  stateBucket: optional({
    variable: "STATE_BUCKET",
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    pattern:
      /^(?!\d+(?:\.\d+){3}$|xn--|sthree-|amzn-s3-demo-|.*(?:\.[.-]|-\.)|.*(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    range: "a bucket name",
    description:
      "Bucket of the Terraform state; needs STATE_LOCK_TABLE. Without it the state is a local file",
  }),
  stateRegion: text({
    variable: "STATE_REGION",
    fallback: REGION,
    range: "an AWS region",
    description: "Region of the state bucket and lock table",
    pattern: /^[a-z]{2}(?:-[a-z]+)+-\d$/,
  }),
  stateLockTable: optional({
    variable: "STATE_LOCK_TABLE",
    pattern: /^[\w.-]{3,255}$/,
    range: "a table name",
    description: "DynamoDB table that locks the state; needs STATE_BUCKET",
  }),
} as const satisfies SettingTable;
