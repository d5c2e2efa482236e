/** How long AWS took for others: seconds in public apply logs and issues, one number a sample. */

interface Samples {
  readonly create: readonly number[];
  readonly destroy: readonly number[];
  /** What may take longer than any sample, in seconds, and why. @default - the longest sample */
  readonly worst?: { readonly create: number; readonly why: string };
  /** Whence the samples are. @default "public apply logs" */
  readonly source?: string;
}

const PUBLIC_LOGS = "public apply logs";
const READER = "aws_rds_cluster_instance, reader";

/** Gathered from public apply logs in November 2026; what is not here takes seconds. */
const SAMPLES: Readonly<Record<string, Samples>> = {
  aws_cloudfront_distribution: {
    create: [151, 180, 184, 215, 216, 223, 225, 275, 372, 473],
    destroy: [189, 203, 223, 443],
  },
  aws_cloudwatch_log_group: { create: [5], destroy: [] },
  aws_cloudfront_vpc_origin: {
    create: [900],
    destroy: [],
    source: "hashicorp/terraform-provider-aws#47459, which times create and destroy together",
  },
  aws_ecs_service: {
    create: [185],
    destroy: [],
    worst: { create: 240, why: "a first task that waits for the database and migrates it" },
    source: "hashicorp/terraform-provider-aws#24223, with waiting for a steady state",
  },
  aws_ecs_cluster: { create: [10], destroy: [] },
  aws_eip: { create: [6], destroy: [] },
  aws_internet_gateway: { create: [2], destroy: [11, 51] },
  aws_lb: { create: [135, 141, 148, 156, 176, 187, 190], destroy: [15, 17, 27, 30, 153] },
  aws_nat_gateway: { create: [84, 87, 92, 96, 115, 116, 118, 118, 121], destroy: [42, 50, 61, 61, 61] },
  aws_rds_cluster: { create: [43], destroy: [63] },
  aws_rds_cluster_instance: {
    create: [381],
    destroy: [589, 707],
    worst: {
      create: 741,
      why: "Aurora chooses the writer: an instance that becomes the reader takes as long as one",
    },
  },
  // In the same run as the 381 s of its writer.
  [READER]: { create: [741], destroy: [589, 707] },
  aws_s3_bucket: { create: [10], destroy: [] },
  // The provider waits until the rules are everywhere.
  aws_s3_bucket_lifecycle_configuration: {
    create: [32, 62],
    destroy: [],
    source: "hashicorp/terraform-provider-aws#23352",
  },
  aws_secretsmanager_secret: { create: [2], destroy: [] },
  aws_secretsmanager_secret_version: { create: [1], destroy: [] },
  aws_security_group: { create: [7], destroy: [1] },
  aws_subnet: { create: [2, 16], destroy: [1] },
  aws_vpc: { create: [8], destroy: [1] },
  aws_vpc_endpoint: { create: [9], destroy: [] },
  aws_wafv2_web_acl: { create: [2], destroy: [] },
};

/** For what nobody has timed. */
const UNKNOWN_SECONDS = 1;

interface Resource {
  readonly address: string;
  readonly type: string;
}

export interface Duration {
  readonly likely: number;
  readonly most: number;
  readonly samples: number;
  /** What `most` rests on. */
  readonly source: string;
}

export function durationOf({ address, type }: Resource, operation: "create" | "destroy"): Duration {
  const kind = type === "aws_rds_cluster_instance" && address.includes("Reader") ? READER : type;
  const { worst, source = PUBLIC_LOGS, ...timed } = SAMPLES[kind] ?? { create: [], destroy: [] };
  const samples = timed[operation].toSorted((a, b) => a - b);
  if (samples.length === 0)
    return { likely: UNKNOWN_SECONDS, most: UNKNOWN_SECONDS, samples: 0, source: "nobody has timed it" };
  const middle = samples.length / 2;
  const likely = Number.isInteger(middle)
    ? (samples[middle - 1]! + samples[middle]!) / 2
    : samples[Math.floor(middle)]!;
  const longest = samples.at(-1)!;
  return operation === "create" && worst
    ? { likely, most: Math.max(longest, worst.create), samples: samples.length, source: worst.why }
    : { likely, most: longest, samples: samples.length, source };
}

export interface KnownDuration {
  /** `aws_lb`, or one of two kinds of a type: `aws_rds_cluster_instance, reader`. */
  readonly kind: string;
  readonly create: Duration;
  readonly destroy: Duration;
  /** Whence the samples are, and why it may take longer. */
  readonly whence: string;
}

/** What is known of resources of these types that may take so many seconds or longer, the slowest to make first. */
export function knownDurations(types: ReadonlySet<string>, least: number): KnownDuration[] {
  return Object.entries(SAMPLES)
    .map(([kind, { source = PUBLIC_LOGS, worst }]) => {
      const [type = "", role] = kind.split(", ");
      const resource = { type, address: `${type}.${role === "reader" ? "Reader" : ""}` };
      const whence = worst ? `${source}; the longest: ${worst.why}` : source;
      const [create, destroy] = [durationOf(resource, "create"), durationOf(resource, "destroy")];
      return { kind, type, create, destroy, whence };
    })
    .filter(({ type }) => types.has(type))
    .filter(({ create, destroy }) => Math.max(create.most, destroy.most) >= least)
    .sort((a, b) => b.create.most - a.create.most);
}
