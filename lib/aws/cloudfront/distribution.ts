import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { Metric, type MetricOptions } from "../cloudwatch/index.ts";
import {
  CLOUDFRONT_REGION,
  type Duration,
  dependsOn,
  kindOf,
  Stack,
  ValidationError,
} from "../core/index.ts";
import type { LogGroup } from "../logs/index.ts";
import type { WebAcl } from "../wafv2/index.ts";
import { LogDelivery } from "./log-delivery.ts";
import type { LoadBalancerV2Origin } from "./origin.ts";
import type { CachePolicy, OriginRequestPolicy, PriceClass, ResponseHeadersPolicy } from "./policies.ts";

type OneOf<T> = T[keyof T];

export interface BehaviorOptions {
  readonly cachePolicy: OneOf<typeof CachePolicy>;
  readonly originRequestPolicy: OneOf<typeof OriginRequestPolicy>;
  readonly responseHeadersPolicy: OneOf<typeof ResponseHeadersPolicy>;
}

export interface ErrorResponse {
  readonly httpStatus: number;
  /** How long CloudFront answers with the error before it asks the origin again. */
  readonly ttl: Duration;
}

export interface ViewerCertificate {
  /** In us-east-1, for all of `domainNames`. */
  readonly certificateArn: string;
  readonly domainNames: string[];
}

export interface DistributionProps {
  readonly comment: string;
  readonly origin: LoadBalancerV2Origin;
  readonly defaultBehavior: BehaviorOptions;
  /** Path pattern → behaviour, tried in this order. @default - none */
  readonly additionalBehaviors?: Record<string, BehaviorOptions>;
  readonly errorResponses: ErrorResponse[];
  readonly priceClass: PriceClass;
  /** @default - CloudFront's own domain and certificate, with which viewers may still speak TLS 1.0 */
  readonly viewerCertificate?: ViewerCertificate;
  /** @default - none */
  readonly webAcl?: WebAcl;
}

/** Every method passes; only answers to GET and HEAD can be cached. */
const ALL_METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"];

/**
 * A CloudFront distribution with one origin: HTTP/2 and HTTP/3, IPv6, compression, HTTPS only (plain HTTP is redirected).
 * It needs 3 to 8 minutes to reach all edge locations, and as many to go.
 */
export class Distribution extends Construct {
  readonly distributionId: string;
  readonly distributionArn: string;
  /** What viewers should use: the first own domain, or CloudFront's. */
  readonly domainName: string;

  /** @throws ValidationError for more than 25 behaviours, or a viewer certificate without a domain. */
  constructor(scope: Construct, id: string, props: DistributionProps) {
    super(scope, id);
    const behaviors = Object.entries(props.additionalBehaviors ?? {});
    if (behaviors.length > 25) {
      throw new ValidationError(
        this,
        `${behaviors.length} behaviours: CloudFront allows 25. Merge path patterns.`,
      );
    }
    if (props.viewerCertificate?.domainNames.length === 0) {
      throw new ValidationError(this, "viewerCertificate has no domainNames: name what it is for.");
    }
    const name = Stack.of(this).names.for(kindOf(id));
    const distribution = new aws.CloudfrontDistribution(this, "Resource", {
      enabled: true,
      comment: `${name}: ${props.comment}`,
      httpVersion: "http2and3",
      isIpv6Enabled: true,
      priceClass: props.priceClass,
      aliases: props.viewerCertificate?.domainNames,
      webAclId: props.webAcl?.webAclArn,
      origin: [props.origin.render()],
      defaultCacheBehavior: this.#behavior(props.origin, props.defaultBehavior),
      orderedCacheBehavior: behaviors.map(([pathPattern, options]) => ({
        pathPattern,
        ...this.#behavior(props.origin, options),
      })),
      customErrorResponse: props.errorResponses.map(({ httpStatus, ttl }) => ({
        errorCode: httpStatus,
        errorCachingMinTtl: ttl.toSeconds(),
      })),
      viewerCertificate: props.viewerCertificate
        ? {
            acmCertificateArn: props.viewerCertificate.certificateArn,
            sslSupportMethod: "sni-only",
            minimumProtocolVersion: "TLSv1.2_2021",
          }
        : { cloudfrontDefaultCertificate: true },
      restrictions: { geoRestriction: { restrictionType: "none", locations: [] } },
      // Outputs are only of use when the edge answers.
      waitForDeployment: true,
      tags: { Name: name },
    });
    dependsOn(distribution, [props.origin]);
    this.distributionId = distribution.id;
    this.distributionArn = distribution.arn;
    this.domainName = props.viewerCertificate?.domainNames[0] ?? distribution.domainName;
  }

  /** Writes a line per request into a log group of us-east-1 (standard logging v2). */
  logAccessLogs(logGroup: LogGroup): void {
    new LogDelivery(this, "AccessLogs", { distributionArn: this.distributionArn, logGroup });
  }

  metricRequests(options?: MetricOptions): Metric {
    return this.#metric("Requests", "Sum", options);
  }

  /** Per cent of the answers, whoever made them. */
  metric5xxErrorRate(options?: MetricOptions): Metric {
    return this.#metric("5xxErrorRate", "Average", options);
  }

  metric4xxErrorRate(options?: MetricOptions): Metric {
    return this.#metric("4xxErrorRate", "Average", options);
  }

  #metric(metricName: string, statistic: string, options?: MetricOptions): Metric {
    return new Metric({
      namespace: "AWS/CloudFront",
      metricName,
      statistic,
      dimensions: { DistributionId: this.distributionId, Region: "Global" },
      region: CLOUDFRONT_REGION,
      ...options,
    });
  }

  #behavior(origin: LoadBalancerV2Origin, options: BehaviorOptions) {
    // No `forwarded_values`: it excludes a cache policy.
    return {
      targetOriginId: origin.originId,
      // No redirect: every behaviour lets writes in, and a key that was sent to be redirected has been sent in clear.
      viewerProtocolPolicy: "https-only",
      allowedMethods: ALL_METHODS,
      cachedMethods: ["GET", "HEAD"],
      compress: true,
      cachePolicyId: options.cachePolicy,
      originRequestPolicyId: options.originRequestPolicy,
      responseHeadersPolicyId: options.responseHeadersPolicy,
    };
  }
}
