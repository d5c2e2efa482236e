/** What the region and the account's quotas leave room for. */
import { DescribeResourcePoliciesCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  DescribeAddressesCommand,
  DescribeAvailabilityZonesCommand,
  DescribeSubnetsCommand,
  type NatGateway,
  paginateDescribeNatGateways,
  paginateDescribeVpcs,
  type Tag,
} from "@aws-sdk/client-ec2";
import { DescribeSecretCommand } from "@aws-sdk/client-secrets-manager";
import { GetAWSDefaultServiceQuotaCommand, GetServiceQuotaCommand } from "@aws-sdk/client-service-quotas";
import type { Block, Configuration } from "../../local/terraform-json/index.ts";
import { isFallback, servicesInFront, targetsOf } from "../audit/fallback.ts";
import { all, nameTag } from "../inventory/item.ts";
import { type Check, type Context, codeOf, type Finding, fail, pass, warn } from "./finding.ts";

/** The present value of a quota; its default where the account has never changed it. Undefined where there is none. */
async function quota(
  { quotas }: Context["aws"],
  ServiceCode: string,
  QuotaCode: string,
): Promise<number | undefined> {
  for (const command of [GetServiceQuotaCommand, GetAWSDefaultServiceQuotaCommand]) {
    try {
      const { Quota } = await quotas.send(new command({ ServiceCode, QuotaCode }) as GetServiceQuotaCommand);
      return Quota?.Value;
    } catch (error) {
      if (codeOf(error) !== "NoSuchResourceException") throw error;
    }
  }
  return undefined;
}

function enough(
  what: string,
  limit: number | undefined,
  needed: number,
  used: number,
  service: string,
  code: string,
): Finding {
  if (limit === undefined)
    return warn(what, "the quota could not be read", `look at it in the console: Service Quotas, ${service}`);
  const free = limit - used;
  if (free >= needed) return pass(what, `${needed} needed, ${free} of ${limit} free`);
  return fail(
    what,
    `${needed} needed, ${free} of ${limit} free`,
    `aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${code} --desired-value ${used + needed}`,
  );
}

export const networkQuotas: Check = async ({ aws, config }) => {
  const { ec2 } = aws;
  const [vpcs, gateways, { Addresses = [] }, vpcLimit, addressLimit, gatewayLimit, ruleLimit] =
    await Promise.all([
      all(paginateDescribeVpcs({ client: ec2 }, {}), (page) => page.Vpcs),
      all(paginateDescribeNatGateways({ client: ec2 }, {}), (page) => page.NatGateways),
      ec2.send(new DescribeAddressesCommand({})),
      quota(aws, "vpc", "L-F678F1CE"),
      quota(aws, "ec2", "L-0263D0A3"),
      quota(aws, "vpc", "L-FE5A380F"),
      quota(aws, "vpc", "L-0EA8095F"),
    ]);
  const live = gateways.filter(({ State }) => State !== "deleted" && State !== "failed");
  const wanted = missing(config, "aws_nat_gateway", live);
  // The prefix list of CloudFront alone counts as 55 rules.
  const rules =
    ruleLimit !== undefined && ruleLimit < 60
      ? fail(
          "rules per security group",
          `60 needed, ${ruleLimit} allowed: CloudFront's prefix list counts as 55`,
          "aws service-quotas request-service-quota-increase --service-code vpc --quota-code L-0EA8095F --desired-value 60",
        )
      : pass("rules per security group", "60 are allowed, as CloudFront's prefix list needs");
  return [
    enough("VPCs", vpcLimit, missing(config, "aws_vpc", vpcs), vpcs.length, "vpc", "L-F678F1CE"),
    enough(
      "elastic IPs",
      addressLimit,
      missing(config, "aws_eip", Addresses),
      Addresses.length,
      "ec2",
      "L-0263D0A3",
    ),
    // The quota is one zone's; the gateways of the stack stand in different ones.
    enough(
      "NAT gateways of a zone",
      gatewayLimit,
      Math.min(1, wanted),
      wanted === 0 ? 0 : await fullest(aws, config, live),
      "vpc",
      "L-FE5A380F",
    ),
    rules,
  ];
};

/** How many of the stack's resources of a type are not there yet, by their names. */
function missing(config: Configuration, type: string, present: readonly { readonly Tags?: Tag[] }[]): number {
  const names = new Set(present.map(({ Tags }) => nameTag(Tags)));
  return config.of(type).filter((block) => !names.has(String(block.get("tags.Name")))).length;
}

/** How many of these gateways stand in that zone of the stack which has most of them. */
async function fullest(
  { ec2 }: Context["aws"],
  config: Configuration,
  gateways: readonly NatGateway[],
): Promise<number> {
  const SubnetIds = [...new Set(gateways.flatMap(({ SubnetId }) => SubnetId ?? []))];
  if (SubnetIds.length === 0) return 0;
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds }));
  const zoneOf = new Map(Subnets.map(({ SubnetId, AvailabilityZone }) => [SubnetId, AvailabilityZone]));
  const zones = new Set(config.of("aws_subnet").map((subnet) => String(subnet.get("availability_zone"))));
  const counts = [...zones].map(
    (zone) => gateways.filter((each) => zoneOf.get(each.SubnetId) === zone).length,
  );
  return Math.max(0, ...counts);
}

/** Which zones a region has, AWS says: it adds some, and may keep one from an account. Those of an environment that stands stay. */
export const zones: Check = async ({ aws, config }) => {
  const what = "availability zones";
  const wanted = config.of("aws_subnet").map((subnet) => String(subnet.get("availability_zone")));
  const { AvailabilityZones = [] } = await aws.ec2.send(new DescribeAvailabilityZonesCommand({}));
  const there = AvailabilityZones.flatMap(({ ZoneName, State }) =>
    ZoneName && State === "available" ? [ZoneName] : [],
  );
  const missing = [...new Set(wanted)].filter((zone) => !there.includes(zone));
  return [
    missing.length === 0
      ? pass(what, `the account has ${[...new Set(wanted)].join(" and ")}`)
      : fail(
          what,
          `the account has no ${missing.join(" and no ")}: it has ${there.join(", ")}`,
          "for a new environment set AVAILABILITY_ZONES to two of these; one that stands waits until AWS has the zone back",
        ),
  ];
};

/** A rolling deployment runs twice the tasks: its maximum is 200 %. */
const ROLLING = 2;

export const taskQuotas: Check = async ({ aws, config }) => {
  const [front] = servicesInFront(config);
  const [target] = front ? targetsOf(config, front) : [];
  const fallbacks = config.of("aws_ecs_service").filter(isFallback);
  const inReserve = fallbacks
    .flatMap((service) => targetsOf(config, service))
    .reduce((sum, each) => sum + each.number("max_capacity"), 0);
  const [task] = config.of("aws_ecs_task_definition");
  const cpus = Number(task?.get("cpu") ?? 1024) / 1024;
  const most = Number(target?.get("max_capacity") ?? 10);
  const strategies = front?.all("capacity_provider_strategy") ?? [];
  const base = strategies
    .map((each) => each as { capacity_provider?: string; base?: number })
    .filter(({ capacity_provider: provider }) => provider === "FARGATE")
    .reduce((sum, { base: own = 0 }) => sum + own, 0);
  const [spot, onDemand] = await Promise.all([
    quota(aws, "fargate", "L-36FBB829"),
    quota(aws, "fargate", "L-3032A538"),
  ]);
  return [
    enough("Fargate Spot vCPUs", spot, (most - base) * cpus * ROLLING, 0, "fargate", "L-36FBB829"),
    ...(base + inReserve > 0
      ? [
          enough(
            "Fargate on-demand vCPUs",
            onDemand,
            (base + inReserve) * cpus * ROLLING,
            0,
            "fargate",
            "L-3032A538",
          ),
        ]
      : []),
  ];
};

/** A region's; CloudWatch Logs has no quota to raise for these. */
const LOG_POLICIES = 10;

export const logPolicies: Check = async ({ aws, config }) => {
  const policies = config.of("aws_cloudwatch_log_resource_policy");
  const isEdge = (policy: Block) => policy.get("provider") !== undefined;
  return Promise.all([
    logPoliciesOf(
      aws.logs,
      policies.filter((policy) => !isEdge(policy)),
    ),
    logPoliciesOf(aws.edgeLogs, policies.filter(isEdge)),
  ]);
};

async function logPoliciesOf(client: Context["aws"]["logs"], policies: readonly Block[]): Promise<Finding> {
  const region = await client.config.region();
  const what = `log resource policies of ${region}`;
  const { resourcePolicies = [] } = await client.send(new DescribeResourcePoliciesCommand({}));
  const present = new Set(resourcePolicies.map(({ policyName }) => policyName));
  const needed = policies.filter((policy) => !present.has(String(policy.get("policy_name")))).length;
  const free = LOG_POLICIES - present.size;
  return free >= needed
    ? pass(what, `${needed} needed, ${free} of ${LOG_POLICIES} free`)
    : fail(
        what,
        `all ${LOG_POLICIES} are in use; an account has no more`,
        `destroy an environment that is not needed, or remove one: aws logs delete-resource-policy --region ${region} --policy-name …`,
      );
}

const VERSION_SETTING: readonly [prefix: string, setting: string][] = [
  ["db-api-password", "DATABASE_PASSWORD_VERSION"],
  ["db-password", "DATABASE_OWNER_PASSWORD_VERSION"],
  ["api-keys", "API_KEYS_VERSION"],
  ["origin-token", "ORIGIN_TOKEN_VERSION"],
];

export const secretNames: Check = async ({ aws, config }) => {
  const names = config.of("aws_secretsmanager_secret").map((secret) => String(secret.get("name")));
  const found = await Promise.all(
    names.map(async (SecretId): Promise<Finding[]> => {
      try {
        const { DeletedDate } = await aws.secrets.send(new DescribeSecretCommand({ SecretId }));
        if (!DeletedDate) return [];
        const setting = VERSION_SETTING.find(([prefix]) => SecretId.startsWith(prefix))?.[1] ?? "its version";
        return [
          fail(
            `secret ${SecretId}`,
            "the name waits for its deletion, and is taken until then",
            `raise ${setting}, or aws secretsmanager delete-secret --force-delete-without-recovery --secret-id ${SecretId}`,
          ),
        ];
      } catch (error) {
        if (codeOf(error) !== "ResourceNotFoundException") throw error;
        return [];
      }
    }),
  );
  const taken = found.flat();
  return taken.length > 0
    ? taken
    : [pass("names of secrets", `${names.length} are free or the environment's own`)];
};
