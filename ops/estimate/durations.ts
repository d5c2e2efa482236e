/** How long AWS took for others: seconds in public apply logs and issues, one number a sample. */

/** Samples of one source. */
interface Samples {
  readonly create?: readonly number[];
  readonly destroy?: readonly number[];
  /** An address, or a sentence where none was kept. */
  readonly source: string;
  /** What the source times, where it is not one resource alone. */
  readonly note?: string;
}

/** Gathered in November 2026 without the addresses of the logs. */
const LOGS = "public apply logs";
const READER = "aws_rds_cluster_instance, reader";

const logs = (create: readonly number[], destroy: readonly number[] = []): Samples => ({
  ...{ create, destroy, source: LOGS },
});

/** Each was looked up on 29 November 2026. */
const AURORA_GONE = "https://github.com/tungbq/aws-lab-with-terraform/issues/100";

/** What is not here takes seconds. */
const SAMPLES: Readonly<Record<string, readonly Samples[]>> = {
  aws_cloudfront_distribution: [
    logs([151, 180, 184, 215, 216, 223, 225, 275, 372, 473], [189, 203, 223, 443]),
    { create: [195], source: "https://github.com/binbashar/le-tf-infra-aws/pull/408" },
  ],
  aws_cloudwatch_log_group: [logs([5])],
  aws_ecs_service: [
    {
      create: [185],
      source: "https://github.com/hashicorp/terraform-provider-aws/pull/24223",
      note: "a test that waits for a steady state, and takes the service away again",
    },
  ],
  aws_ecs_cluster: [logs([10])],
  aws_eip: [logs([6])],
  aws_internet_gateway: [logs([2], [11, 51])],
  aws_lb: [
    logs([135, 141, 148, 156, 176, 187, 190], [15, 17, 27, 30, 153]),
    { create: [174], source: "https://github.com/DataBiosphere/azul/pull/5780" },
  ],
  aws_nat_gateway: [logs([84, 87, 92, 96, 115, 116, 118, 118, 121], [42, 50, 61, 61, 61])],
  aws_rds_cluster: [logs([43]), { destroy: [63], source: AURORA_GONE }],
  aws_rds_cluster_instance: [logs([381], [589]), { destroy: [707], source: AURORA_GONE }],
  // In the same run as the 381 s of its writer.
  [READER]: [logs([741], [589]), { destroy: [707], source: AURORA_GONE }],
  aws_s3_bucket: [logs([10])],
  // The provider waits until the rules are everywhere.
  aws_s3_bucket_lifecycle_configuration: [
    logs([62]),
    { create: [32], source: "https://github.com/hashicorp/terraform-provider-aws/issues/23352" },
  ],
  aws_secretsmanager_secret: [logs([2])],
  aws_secretsmanager_secret_version: [logs([1])],
  aws_security_group: [logs([7], [1])],
  aws_subnet: [logs([2, 16], [1])],
  aws_vpc: [logs([8], [1])],
  aws_vpc_endpoint: [logs([9])],
  aws_wafv2_web_acl: [logs([2])],
};

/** What may take longer to make than any sample, in seconds, and why. */
const WORST: Readonly<Record<string, { readonly seconds: number; readonly why: string }>> = {
  aws_ecs_service: { seconds: 240, why: "a first task that waits for the database and migrates it" },
  aws_rds_cluster_instance: {
    seconds: 741,
    why: "Aurora chooses the writer: an instance that becomes the reader takes as long as one",
  },
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
  const timed = (SAMPLES[kind] ?? []).filter((each) => (each[operation] ?? []).length > 0);
  const samples = timed.flatMap((each) => each[operation] ?? []).sort((a, b) => a - b);
  if (samples.length === 0)
    return { likely: UNKNOWN_SECONDS, most: UNKNOWN_SECONDS, samples: 0, source: "nobody has timed it" };
  const middle = samples.length / 2;
  const likely = Number.isInteger(middle)
    ? (samples[middle - 1]! + samples[middle]!) / 2
    : samples[Math.floor(middle)]!;
  const longest = samples.at(-1)!;
  const worst = operation === "create" ? WORST[kind] : undefined;
  return {
    likely,
    most: Math.max(longest, worst?.seconds ?? 0),
    samples: samples.length,
    source: worst?.why ?? timed.map(({ source }) => source).join(", "),
  };
}

export interface KnownDuration {
  /** `aws_lb`, or one of two kinds of a type: `aws_rds_cluster_instance, reader`. */
  readonly kind: string;
  readonly create: Duration;
  readonly destroy: Duration;
  /** How many samples are of which source, and why it may take longer. */
  readonly whence: readonly string[];
}

/** What is known of resources of these types that may take so many seconds or longer, the slowest to make first. */
export function knownDurations(types: ReadonlySet<string>, least: number): KnownDuration[] {
  return Object.entries(SAMPLES)
    .map(([kind, sources]) => {
      const [type = "", role] = kind.split(", ");
      const resource = { type, address: `${type}.${role === "reader" ? "Reader" : ""}` };
      const whence = sources.map(({ create = [], destroy = [], source, note }) => {
        const count = create.length + destroy.length;
        return `${count} of ${source}${note ? ` (${note})` : ""}`;
      });
      const worst = WORST[kind] ? [`the longest: ${WORST[kind].why}`] : [];
      const [create, destroy] = [durationOf(resource, "create"), durationOf(resource, "destroy")];
      return { kind, type, create, destroy, whence: [...whence, ...worst] };
    })
    .filter(({ type }) => types.has(type))
    .filter(({ create, destroy }) => Math.max(create.most, destroy.most) >= least)
    .sort((a, b) => b.create.most - a.create.most);
}
