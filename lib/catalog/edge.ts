import { Construct } from "constructs";
import * as cloudfront from "../aws/cloudfront/index.ts";
import { CLOUDFRONT_REGION, Duration, Stack } from "../aws/core/index.ts";
import { Peer, prefixListId } from "../aws/ec2/index.ts";
import * as logs from "../aws/logs/index.ts";
import * as wafv2 from "../aws/wafv2/index.ts";
import type { Settings } from "../settings.ts";
import { type ApiService, ORIGIN_HEADER } from "./service.ts";

/** Not known to be cacheable: writes, health, documentation, and whatever comes next. */
const UNCACHED: cloudfront.BehaviorOptions = {
  cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
  originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
  responseHeadersPolicy: cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS,
};

/** The API says how long (`s-maxage`). CachingOptimized would answer `?page=2` with page 1: its key has no query string. */
const CACHED: cloudfront.BehaviorOptions = {
  ...UNCACHED,
  cachePolicy: cloudfront.CachePolicy.USE_ORIGIN_CACHE_CONTROL_HEADERS_QUERY_STRINGS,
};

const READ_PATHS = [
  "/v1/products",
  "/v1/products/*",
  "/v1/categories",
  "/v1/categories/*",
  "/v1/search",
  "/v1/suggest",
];

export interface EdgeProps {
  readonly api: ApiService;
  readonly settings: Settings;
}

/** CloudFront before the load balancer, and the only way to it. */
export class Edge extends Construct {
  readonly distribution: cloudfront.Distribution;
  /** With WEB_ACL. */
  readonly webAcl?: wafv2.WebAcl;
  readonly logGroup: logs.LogGroup;

  constructor(scope: Construct, id: string, { api, settings }: EdgeProps) {
    super(scope, id);
    const originFacing = prefixListId(this, "OriginFacing", "com.amazonaws.global.cloudfront.origin-facing");
    api.listener.allowFromPrefixList(
      Peer.prefixList(originFacing, "CloudFront"),
      "CloudFront to load balancer",
    );

    this.webAcl = settings.webAcl
      ? new wafv2.WebAcl(this, "WebAcl", {
          description: "Rate limit and managed rules of the catalogue edge",
          rateLimit: settings.webAclRateLimit,
        })
      : undefined;
    this.distribution = new cloudfront.Distribution(this, "Distribution", {
      comment: "product catalogue",
      origin: new cloudfront.LoadBalancerV2Origin(api.listener, {
        originId: "api",
        domainName: settings.originDomainName,
        customHeaders: { [ORIGIN_HEADER]: api.originToken.valueInState },
        readTimeout: Duration.seconds(30),
        keepaliveTimeout: Duration.seconds(50),
      }),
      defaultBehavior: UNCACHED,
      additionalBehaviors: Object.fromEntries(READ_PATHS.map((path) => [path, CACHED])),
      // An error is over when the origin says so, and a product that was missing is there once it is written (CloudFront
      // would keep both for 10 s); a second spares the origin the whole crowd at once.
      errorResponses: [404, 500, 501, 502, 503, 504].map((httpStatus) => ({
        httpStatus,
        ttl: Duration.seconds(1),
      })),
      priceClass: settings.priceClass,
      viewerCertificate:
        settings.domainName && settings.certificateArn
          ? { certificateArn: settings.certificateArn, domainNames: [settings.domainName] }
          : undefined,
      webAcl: this.webAcl,
    });
    this.logGroup = new logs.LogGroup(this, "LogGroup", {
      // The prefix keeps AWS's own resource policy for vended logs short.
      logGroupName: `/aws/vendedlogs/cloudfront/${Stack.of(this).names.for("access-logs")}`,
      region: CLOUDFRONT_REGION,
    });
    this.distribution.logAccessLogs(this.logGroup);
  }
}
