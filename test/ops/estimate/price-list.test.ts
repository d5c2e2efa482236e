/** AWS's price list, by the form in which GetProducts answers. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Configuration } from "../../../local/terraform-json/index.ts";
import { cost, USAGE } from "../../../ops/estimate/cost.ts";
import { readPriceList } from "../../../ops/estimate/price-list.ts";
import { TABLE } from "../../../ops/estimate/prices.ts";
import { type Answers, awsError, fakeAws } from "../support/fake-aws.ts";

const NOW = new Date("2026-12-24T10:00:00Z");

/** One product of a service, as the list tells it. @param tiers USD by the unit from which on they hold */
const product = (attributes: Record<string, string>, tiers: Record<string, string>) =>
  JSON.stringify({
    product: { productFamily: "Some Family", attributes, sku: "ABC" },
    serviceCode: "AmazonEC2",
    terms: {
      OnDemand: {
        "ABC.JRTCKXETXF": {
          priceDimensions: Object.fromEntries(
            Object.entries(tiers).map(([beginRange, USD], index) => [
              `ABC.JRTCKXETXF.${index}`,
              { unit: "Hrs", beginRange, endRange: "Inf", description: "…", pricePerUnit: { USD } },
            ]),
          ),
          sku: "ABC",
          offerTermCode: "JRTCKXETXF",
          termAttributes: {},
        },
      },
      Reserved: {
        "ABC.NQ3QZPMQV9": { priceDimensions: { x: { beginRange: "0", pricePerUnit: { USD: "9" } } } },
      },
    },
    version: "20261201000000",
  });

/** Answers by the usage type, or by what else is asked for. */
const listing =
  (answers: Readonly<Record<string, readonly string[]>>): Answers[string] =>
  ({ Filters }) => {
    const values = (Filters as { Type: string; Field: string; Value: string }[]).map(({ Value }) => Value);
    return { PriceList: Object.entries(answers).find(([value]) => values.includes(value))?.[1] ?? [] };
  };

const read = (answers: Readonly<Record<string, readonly string[]>>) =>
  readPriceList(fakeAws({ GetProductsCommand: listing(answers) }).pricing, NOW);

describe("AWS's price list", () => {
  it("takes the place of what was written down, and says so", async () => {
    const { prices, instanceHours } = await read({
      "EUN1-NatGateway-Hours": [product({}, { 0: "0.0480000000" })],
      "EUN1-InstanceUsage:db.t3.medium": [product({}, { 0: "0.0910000000" })],
    });
    const today = {
      asOf: "2026-12-24",
      basis: "aws",
      readAt: "https://api.pricing.us-east-1.amazonaws.com/",
    };
    const { "db.t3.medium": written } = TABLE.instanceHours;
    assert.deepEqual(prices.natHour, { ...TABLE.prices.natHour, ...today, usd: 0.048 });
    assert.deepEqual(instanceHours, {
      ...TABLE.instanceHours,
      "db.t3.medium": { ...written, ...today, usd: 0.091 },
    });
    assert.deepEqual({ ...prices, natHour: TABLE.prices.natHour }, TABLE.prices);
  });

  it("is read past what is free, and before every discount, in the units of the table", async () => {
    const { prices } = await read({
      "CloudFront-Request-HTTPS-Proxy": [
        product({}, { 0: "0", 10000000: "0.0000013000", 20000000: "0.0000009" }),
      ],
      DashboardsUsageHour: [product({}, { 3: "3.5", 0: "0.0000000000" })],
    });
    assert.deepEqual([prices.edgeRequests.usd, prices.dashboard.usd], [1.3, 3.5]);
  });

  it("leaves as it was what it does not have, has under several prices, or has free", async () => {
    const { prices } = await read({
      "EUN1-NatGateway-Hours": [product({}, { 0: "0.048" }), product({}, { 0: "0.052" })],
      "EUN1-NatGateway-Bytes": [product({}, { 0: "0" })],
      "EUN1-LCUUsage": [JSON.stringify({ product: {}, terms: {} })],
    });
    assert.deepEqual(prices, TABLE.prices);
  });

  it("is what a cost is counted by", async () => {
    const config = new Configuration({ resource: { aws_nat_gateway: { A: {}, B: {} } } });
    const table = await read({
      "EUN1-NatGateway-Hours": [product({}, { 0: "1" }), product({}, { 0: "1.0" })],
    });
    assert.equal(cost(config, USAGE, table).monthly, 2 * 730);
  });

  it("is refused in AWS's words to whoever may not read it", async () => {
    const denied = () => {
      throw awsError("AccessDeniedException");
    };
    await assert.rejects(readPriceList(fakeAws({ GetProductsCommand: denied }).pricing), /AccessDenied/);
  });
});
