/**
 * AWS's own price list, in the place of what was written down:
 * https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html
 */
import { type PricingClient, paginateGetProducts } from "@aws-sdk/client-pricing";
import { HOME_REGION } from "../../local/regions.ts";
import { all } from "../inventory/item.ts";
import { type Price, type PriceTable, TABLE } from "./prices.ts";

/** What a price is called there. */
interface Listed {
  readonly service: string;
  /** Attributes that its product has, and no other. */
  readonly attributes: Readonly<Record<string, string>>;
  /** How many of the list's units make one of ours. @default 1 */
  readonly units?: number;
}

/** Something that is used in Stockholm, whose usage types begin so. */
const here = (service: string, usage: string, more: Readonly<Record<string, string>> = {}): Listed => ({
  service,
  attributes: { regionCode: HOME_REGION, usagetype: `EUN1-${usage}`, ...more },
});

const AURORA = { databaseEngine: "Aurora PostgreSQL" };
const BALANCER = { productFamily: "Load Balancer-Application" };

/** The names are those that Infracost asks by (internal/resources/aws); of Spot, ARM64 and WAF the table keeps its own. */
const LISTED: Partial<Record<keyof PriceTable["prices"], Listed>> = {
  fargateCpu: here("AmazonECS", "Fargate-vCPU-Hours:perCPU"),
  fargateMemory: here("AmazonECS", "Fargate-GB-Hours"),
  natHour: here("AmazonEC2", "NatGateway-Hours"),
  natGigabyte: here("AmazonEC2", "NatGateway-Bytes"),
  addressHour: here("AmazonVPC", "PublicIPv4:InUseAddress"),
  balancerHour: here("AWSELB", "LoadBalancerUsage", BALANCER),
  balancerUnit: here("AWSELB", "LCUUsage", BALANCER),
  auroraStorage: here("AmazonRDS", "Aurora:StorageUsage", AURORA),
  auroraIo: { ...here("AmazonRDS", "Aurora:StorageIOUsage", AURORA), units: 1e6 },
  auroraCredits: here("AmazonRDS", "CPUCredits:db.t3", AURORA),
  edgeGigabyte: {
    service: "AmazonCloudFront",
    attributes: { transferType: "CloudFront Outbound", fromLocation: "Europe" },
  },
  edgeRequests: {
    service: "AmazonCloudFront",
    attributes: { requestType: "CloudFront-Request-HTTPS-Proxy", location: "Europe" },
    units: 1e6,
  },
  logsGigabyte: here("AmazonCloudWatch", "DataProcessing-Bytes"),
  logsStored: here("AmazonCloudWatch", "TimedStorage-ByteHrs"),
  alarm: here("AmazonCloudWatch", "CW:AlarmMonitorUsage"),
  dashboard: { service: "AmazonCloudWatch", attributes: { usagetype: "DashboardsUsageHour" } },
  metric: here("AmazonCloudWatch", "CW:MetricMonitorUsage"),
  secret: {
    service: "AWSSecretsManager",
    attributes: { regionCode: HOME_REGION, productFamily: "Secret" },
  },
  bucketGigabyte: here("AmazonS3", "TimedStorage-ByteHrs"),
};

/** Where the list is read. */
const READ_AT = "https://api.pricing.us-east-1.amazonaws.com/";

/** The table with today's list prices; what the list does not have under one price alone stays as it was written down. */
export async function readPriceList(client: PricingClient, now = new Date()): Promise<PriceTable> {
  const read = async (price: Price, listed: Listed | undefined): Promise<Price> => {
    const usd = listed && (await priceOf(client, listed));
    return usd === undefined
      ? price
      : { ...price, usd, asOf: now.toISOString().slice(0, 10), basis: "aws", readAt: READ_AT };
  };
  const [prices, instanceHours] = await Promise.all([
    valuesOf(TABLE.prices, (name, price) => read(price, LISTED[name])),
    valuesOf(TABLE.instanceHours, (name, price) =>
      read(price, here("AmazonRDS", `InstanceUsage:${name}`, AURORA)),
    ),
  ]);
  return { prices, instanceHours };
}

async function valuesOf<K extends string, V>(
  table: Readonly<Record<K, V>>,
  read: (key: K, value: V) => Promise<V>,
): Promise<Readonly<Record<K, V>>> {
  const entries = Object.entries(table) as [K, V][];
  const values = await Promise.all(entries.map(async ([key, value]) => [key, await read(key, value)]));
  return Object.fromEntries(values) as Record<K, V>;
}

/** A product of the list, as far as it is read here. */
interface Product {
  readonly terms?: {
    readonly OnDemand?: Readonly<
      Record<string, { readonly priceDimensions: Readonly<Record<string, Dimension>> }>
    >;
  };
}

interface Dimension {
  /** From how many units on it holds. */
  readonly beginRange?: string;
  readonly pricePerUnit: { readonly USD?: string };
}

/** @returns undefined unless all products of these attributes have one price */
async function priceOf(
  client: PricingClient,
  { service, attributes, units = 1 }: Listed,
): Promise<number | undefined> {
  const Filters = Object.entries(attributes).map(([Field, Value]) => ({
    Type: "TERM_MATCH" as const,
    ...{ Field, Value },
  }));
  const asked = { ServiceCode: service, Filters };
  const found = await all(paginateGetProducts({ client }, asked), (page) => page.PriceList);
  const usd = new Set(found.flatMap((text) => firstPrices(JSON.parse(String(text)) as Product)));
  const [price, ...others] = usd;
  return price === undefined || others.length > 0 ? undefined : Number((price * units).toPrecision(6));
}

/** Of each term the price of the first units that cost anything: without free tiers, and below every discount. */
function firstPrices({ terms }: Product): number[] {
  return Object.values(terms?.OnDemand ?? {}).flatMap(({ priceDimensions }) => {
    const tiers = Object.values(priceDimensions)
      .map(({ beginRange = "0", pricePerUnit }) => ({
        from: Number(beginRange),
        usd: Number(pricePerUnit.USD),
      }))
      .filter(({ usd }) => usd > 0)
      .sort((a, b) => a.from - b.from);
    return tiers[0] ? [tiers[0].usd] : [];
  });
}
