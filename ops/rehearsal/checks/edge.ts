import assert from "node:assert/strict";
import { GetDistributionCommand } from "@aws-sdk/client-cloudfront";
import { paginateDescribeDeliveries } from "@aws-sdk/client-cloudwatch-logs";
import { all } from "../../inventory/item.ts";
import { originToken } from "./balancer.ts";
import { type Check, type CheckContext, only } from "./check.ts";

const CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const ORIGIN_CACHE_CONTROL_WITH_QUERY_STRINGS = "4cc15a8a-d715-48a4-82b8-cc0b614638fe";
const SECURITY_HEADERS = "67f7725c-6f97-4210-82d7-5512b31e9d03";

const CATALOGUE_READS = [
  "/v1/categories",
  "/v1/categories/*",
  "/v1/products",
  "/v1/products/*",
  "/v1/search",
  "/v1/suggest",
];

const WRITES = ["DELETE", "PATCH", "POST", "PUT"];

async function describeDistribution({ aws, outputs }: CheckContext) {
  const { Distribution } = await aws.cloudFront.send(
    new GetDistributionCommand({ Id: outputs["distribution-id"]! }),
  );
  return Distribution!;
}

const configuration = async (context: CheckContext) =>
  (await describeDistribution(context)).DistributionConfig!;

export const edge: Check[] = [
  {
    demand: "the distribution is on, at all edge locations, over HTTP/2, HTTP/3 and IPv6",
    async run(context) {
      const config = await configuration(context);
      assert.equal(config.Enabled, true);
      assert.equal(config.PriceClass, "PriceClass_All");
      assert.equal(config.HttpVersion, "http2and3");
      assert.equal(config.IsIPV6Enabled, true);
    },
  },
  {
    demand: "what is not known to be cacheable is never cached, and writes pass",
    async run(context) {
      const { DefaultCacheBehavior: behaviour } = await configuration(context);
      assert.equal(behaviour?.CachePolicyId, CACHING_DISABLED);
      for (const method of WRITES)
        assert.ok(behaviour?.AllowedMethods?.Items?.includes(method as "PUT"), method);
    },
  },
  {
    demand: "the catalogue's reads are cached as the origin says, with the query string in the key",
    async run(context) {
      const { CacheBehaviors } = await configuration(context);
      const cached = CacheBehaviors?.Items?.filter(
        ({ CachePolicyId }) => CachePolicyId === ORIGIN_CACHE_CONTROL_WITH_QUERY_STRINGS,
      );
      assert.deepEqual(cached?.map(({ PathPattern }) => PathPattern).sort(), CATALOGUE_READS);
      assert.equal(cached?.length, CacheBehaviors?.Quantity, "another policy is in use");
    },
  },
  {
    demand:
      "no behaviour has forwarded values beside its policy; each redirects to HTTPS, compresses and adds security headers",
    async run(context) {
      const { DefaultCacheBehavior, CacheBehaviors } = await configuration(context);
      for (const behaviour of [DefaultCacheBehavior!, ...(CacheBehaviors?.Items ?? [])]) {
        assert.equal(behaviour.ForwardedValues, undefined);
        assert.equal(behaviour.ViewerProtocolPolicy, "https-only");
        assert.equal(behaviour.Compress, true);
        assert.equal(behaviour.ResponseHeadersPolicyId, SECURITY_HEADERS);
      }
    },
  },
  {
    demand: "the origin is the load balancer that exists, asked with the secret header",
    async run(context) {
      const origin = only((await configuration(context)).Origins?.Items, "origin");
      assert.equal(origin.DomainName, context.outputs["alb-dns-name"]);
      const header = only(origin.CustomHeaders?.Items, "origin header");
      assert.equal(header.HeaderName?.toLowerCase(), "x-origin-verify");
      assert.equal(header.HeaderValue, await originToken(context));
    },
  },
  {
    demand: "errors are never cached for longer than a second",
    async run(context) {
      const errors = (await configuration(context)).CustomErrorResponses?.Items ?? [];
      assert.deepEqual(errors.map(({ ErrorCode }) => ErrorCode).sort(), [404, 500, 501, 502, 503, 504]);
      for (const { ErrorCachingMinTTL = 10 } of errors) assert.ok(ErrorCachingMinTTL <= 1);
    },
  },
  {
    demand: "the output URL is the distribution's",
    async run(context) {
      const { DomainName } = await describeDistribution(context);
      assert.equal(context.outputs["cloudfront-url"], `https://${DomainName}`);
    },
  },
  {
    demand: "the edge's access logs are delivered",
    async run({ aws, suffix }) {
      const deliveries = await all(
        paginateDescribeDeliveries({ client: aws.edgeLogs }, {}),
        (page) => page.deliveries,
      );
      only(
        deliveries.filter(({ deliverySourceName }) => deliverySourceName?.endsWith(`-${suffix}`)),
        "log delivery",
      );
    },
  },
];
