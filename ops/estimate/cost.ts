/** What a stack costs a month: each resource priced, or named free. */
import type { Block, Configuration } from "../../local/terraform-json/index.ts";
import { servicesInFront } from "../audit/fallback.ts";
import { FREE, type Price, type PriceTable, TABLE } from "./prices.ts";

/** What is used, beside what merely stands. */
export interface Usage {
  /** Requests at the edge, in millions a month. */
  readonly requests: number;
  /** Share of them that the edge answers itself. */
  readonly hitRatio: number;
  /** Sent to customers, in GB a month. */
  readonly gigabytes: number;
  /** Tasks that run on average. */
  readonly tasks: number;
  /** Stored in Aurora, in GB. */
  readonly databaseGigabytes: number;
  /** Written to log groups, in GB a month. */
  readonly logGigabytes: number;
}

export const USAGE: Usage = {
  requests: 10,
  hitRatio: 0.9,
  gigabytes: 50,
  tasks: 2,
  databaseGigabytes: 20,
  logGigabytes: 5,
};

export interface CostLine {
  readonly what: string;
  readonly monthly: number;
  /** How it was counted. */
  readonly from: string;
  /** The prices that it was counted by, each with its source and date. */
  readonly by: readonly Price[];
}

export interface Cost {
  readonly monthly: number;
  readonly hourly: number;
  /** What a further million requests costs, at this hit ratio. */
  readonly perMillionRequests: number;
  readonly lines: readonly CostLine[];
  /** Types that cost nothing. */
  readonly free: readonly string[];
  /** Types that nobody has priced. */
  readonly unpriced: readonly string[];
}

const HOURS = 730;
/** I/Os of the database for a request that reaches the API: most are answered from memory. */
const IO_PER_REQUEST = 1;
/** Megabytes that pass the NAT gateways for each hour of a task: image, logs, secrets. */
const NAT_MB_PER_TASK_HOUR = 5;

type Pricing = (blocks: readonly Block[], usage: Usage, config: Configuration) => Omit<CostLine, "what">[];

const times = (amount: number, price: Price, from: string): Omit<CostLine, "what"> => ({
  monthly: amount * price.usd,
  from,
  by: [price],
});

const each =
  (price: Price, factor = 1): Pricing =>
  (blocks) => [times(blocks.length * factor, price, `${blocks.length} × ${price.usd} USD a ${price.per}`)];

const pricingBy = ({ prices, instanceHours }: PriceTable): Readonly<Record<string, Pricing>> => ({
  aws_cloudfront_distribution: (_, { requests, gigabytes }) => [
    times(requests, prices.edgeRequests, `${requests} million requests`),
    times(gigabytes, prices.edgeGigabyte, `${gigabytes} GB out`),
  ],
  aws_cloudwatch_composite_alarm: each(prices.compositeAlarm),
  aws_cloudwatch_dashboard: each(prices.dashboard),
  aws_cloudwatch_log_group: (blocks, { logGigabytes }) => [
    {
      monthly: logGigabytes * (prices.logsGigabyte.usd + prices.logsStored.usd),
      from: `${logGigabytes} GB into ${blocks.length} groups, kept for a month`,
      by: [prices.logsGigabyte, prices.logsStored],
    },
  ],
  aws_cloudwatch_log_metric_filter: each(prices.metric),
  aws_cloudwatch_metric_alarm: (blocks) => {
    // An alarm over an expression is billed for each metric in it.
    const metrics = blocks.reduce(
      (sum, block) => sum + Math.max(1, block.blocks("metric_query").filter((query) => query.metric).length),
      0,
    );
    return [times(metrics, prices.alarm, `${metrics} metrics in ${blocks.length} alarms`)];
  },
  aws_ecs_service: (_, { tasks }, config) => {
    const [task] = config.of("aws_ecs_task_definition");
    const cpus = Number(task?.get("cpu") ?? 1024) / 1024;
    const gigabytes = Number(task?.get("memory") ?? 2048) / 1024;
    const arm = JSON.stringify(task?.body ?? {}).includes("ARM64") ? [prices.fargateArmShare] : [];
    const hour = (cpus * prices.fargateCpu.usd + gigabytes * prices.fargateMemory.usd) * (arm[0]?.usd ?? 1);
    const by = [prices.fargateCpu, prices.fargateMemory, ...arm];
    // A fallback runs no task while Spot has capacity, and costs nothing then.
    const strategies = servicesInFront(config).flatMap((service) =>
      service.blocks("capacity_provider_strategy"),
    );
    const base = strategies
      .filter(({ capacity_provider: name }) => name === "FARGATE")
      .reduce((sum, { base: own }) => sum + Number(own ?? 0), 0);
    const onDemand = Math.min(base, tasks);
    const spot = tasks - onDemand;
    return [
      {
        monthly: spot * hour * HOURS * prices.fargateSpotShare.usd,
        from: `${spot} tasks on Spot, at ${prices.fargateSpotShare.usd * 100} % of on demand`,
        by: [...by, prices.fargateSpotShare],
      },
      ...(onDemand > 0
        ? [{ monthly: onDemand * hour * HOURS, from: `${onDemand} tasks on demand`, by }]
        : []),
      times((tasks * HOURS * NAT_MB_PER_TASK_HOUR) / 1024, prices.natGigabyte, "through the NAT gateways"),
    ];
  },
  aws_eip: each(prices.addressHour, HOURS),
  aws_lb: (blocks, { requests, hitRatio }) => {
    // 25 new connections a second make one unit; CloudFront keeps its connections.
    const units = Math.max(1, (requests * 1e6 * (1 - hitRatio)) / (30 * 24 * 3600) / 25);
    return [
      {
        monthly: blocks.length * HOURS * (prices.balancerHour.usd + units * prices.balancerUnit.usd),
        from: `${blocks.length} × ${HOURS} h, ${units.toFixed(1)} capacity units`,
        by: [prices.balancerHour, prices.balancerUnit],
      },
      times(2 * HOURS, prices.addressHour, "2 public addresses"),
    ];
  },
  aws_nat_gateway: each(prices.natHour, HOURS),
  aws_rds_cluster: (_, { requests, hitRatio, databaseGigabytes }) => [
    times(databaseGigabytes, prices.auroraStorage, `${databaseGigabytes} GB stored`),
    times(
      requests * (1 - hitRatio) * IO_PER_REQUEST,
      prices.auroraIo,
      `${IO_PER_REQUEST} I/O for a request that reaches the API`,
    ),
  ],
  aws_rds_cluster_instance: (blocks) =>
    blocks.map((block) => {
      const name = String(block.get("instance_class"));
      const hour = instanceHours[name];
      return hour
        ? times(HOURS, hour, `${name}, ${hour.usd} USD an hour`)
        : { monthly: 0, from: `${name}: no price in the table`, by: [] };
    }),
  aws_s3_bucket: (_, { requests, hitRatio }) => {
    const gigabytes = (requests * (1 - hitRatio) * 1e6 * 500) / 1e9; // an access log's line has about 500 bytes
    return [times(gigabytes, prices.bucketGigabyte, `${gigabytes.toFixed(1)} GB of access logs`)];
  },
  aws_secretsmanager_secret: each(prices.secret),
  aws_wafv2_web_acl: (blocks, { requests }) => {
    const rules = blocks.reduce((sum, block) => sum + block.blocks("rule").length, 0);
    return [
      {
        monthly: prices.webAcl.usd + rules * prices.webAclRule.usd,
        from: `one ACL, ${rules} rules`,
        by: [prices.webAcl, prices.webAclRule],
      },
      times(requests, prices.webAclRequests, `${requests} million requests`),
    ];
  },
});

/** @param table @default the prices that were written down */
export function cost(config: Configuration, usage: Usage = USAGE, table: PriceTable = TABLE): Cost {
  const pricing = pricingBy(table);
  const types = [...new Set(config.resources.map(({ type }) => type))].sort();
  const priced = (of: Usage) =>
    types.flatMap((type) =>
      (pricing[type]?.(config.of(type), of, config) ?? []).map((line) => ({ what: type, ...line })),
    );
  const sum = (lines: readonly CostLine[]) => lines.reduce((total, { monthly }) => total + monthly, 0);
  const lines = priced(usage);
  const monthly = sum(lines);
  const more = sum(priced({ ...usage, requests: usage.requests + 1 }));
  return {
    monthly,
    hourly: monthly / HOURS,
    perMillionRequests: more - monthly,
    lines,
    free: types.filter((type) => FREE.has(type)),
    unpriced: types.filter((type) => !FREE.has(type) && !(type in pricing)),
  };
}
