import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as cloudfront from "../../../lib/aws/cloudfront/index.ts";
import { Duration } from "../../../lib/aws/core/index.ts";
import { serving } from "../../support/serving.ts";

describe("Distribution", () => {
  const behavior = {
    cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
    originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
    responseHeadersPolicy: cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS,
  };
  const distribution = (props: Partial<cloudfront.DistributionProps> = {}, certificateArn?: string) =>
    serving({
      certificateArn,
      extend: ({ stack, listener }) => {
        new cloudfront.Distribution(stack, "Distribution", {
          comment: "c",
          origin: new cloudfront.LoadBalancerV2Origin(listener, {
            originId: "api",
            customHeaders: { "x-a": "b" },
            keepaliveTimeout: Duration.seconds(50),
          }),
          defaultBehavior: behavior,
          errorResponses: [{ httpStatus: 503, ttl: Duration.seconds(1) }],
          priceClass: cloudfront.PriceClass.ALL,
          ...props,
        });
      },
    }).only("aws_cloudfront_distribution");

  it("has a cache policy and no forwarded values", () => {
    const { default_cache_behavior: each } = distribution();
    assert.equal(each.cache_policy_id, "4135ea2d-6df8-44a3-9df3-4b5a84be39ad");
    assert.equal(each.forwarded_values, undefined);
    assert.equal(each.viewer_protocol_policy, "https-only");
  });

  it("speaks to the origin as the listener does", () => {
    const protocol = (certificate?: string) =>
      distribution({}, certificate).origin[0].custom_origin_config.origin_protocol_policy;
    assert.equal(protocol(), "http-only");
    assert.equal(protocol("arn:c"), "https-only");
  });

  it("keeps the order of its behaviours", () => {
    const paths = ["/b", "/a/*", "/a"];
    const { ordered_cache_behavior: ordered } = distribution({
      additionalBehaviors: Object.fromEntries(paths.map((path) => [path, behavior])),
    });
    assert.deepEqual(
      ordered.map((each: { path_pattern: string }) => each.path_pattern),
      paths,
    );
  });

  it("refuses more behaviours than CloudFront allows, and a certificate for nothing", () => {
    const many = Object.fromEntries(Array.from({ length: 26 }, (_, index) => [`/${index}`, behavior]));
    assert.throws(() => distribution({ additionalBehaviors: many }), /26 behaviours: CloudFront allows 25/);
    assert.throws(
      () => distribution({ viewerCertificate: { certificateArn: "a", domainNames: [] } }),
      /has no domainNames/,
    );
  });
});
