/**
 * CloudFront's managed policies, which a distribution names by id.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-response-headers-policies.html
 */

export interface CachePolicy {
  name: string;
  /** Times to live in seconds. */
  minTtl: number;
  defaultTtl: number;
  maxTtl: number;
  /** What goes into the cache key, and thereby to the origin. */
  queryStrings: "none" | "all";
  cookies: "none" | "all";
  headers: string[];
  /** Whether the viewer's Accept-Encoding is in the key, and CloudFront may compress. */
  compression: boolean;
}

const methodHeaders = ["x-http-method-override", "x-http-method", "x-method-override"];
const YEAR_SECONDS = 31_536_000;

export const cachePolicies: { [id: string]: CachePolicy } = {
  "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": {
    name: "CachingDisabled",
    minTtl: 0,
    defaultTtl: 0,
    maxTtl: 0,
    queryStrings: "none",
    cookies: "none",
    headers: [],
    compression: false,
  },
  "658327ea-f89d-4fab-a63d-7e88639e58f6": {
    name: "CachingOptimized",
    minTtl: 1,
    defaultTtl: 86_400,
    maxTtl: YEAR_SECONDS,
    queryStrings: "none",
    cookies: "none",
    headers: [],
    compression: true,
  },
  "b2884449-e4de-46a7-ac36-70bc7f1ddd6d": {
    name: "CachingOptimizedForUncompressedObjects",
    minTtl: 1,
    defaultTtl: 86_400,
    maxTtl: YEAR_SECONDS,
    queryStrings: "none",
    cookies: "none",
    headers: [],
    compression: false,
  },
  "83da9c7e-98b4-4e11-a168-04f0df8e2c65": {
    name: "UseOriginCacheControlHeaders",
    minTtl: 0,
    defaultTtl: 0,
    maxTtl: YEAR_SECONDS,
    queryStrings: "none",
    cookies: "all",
    headers: ["host", "origin", ...methodHeaders],
    compression: true,
  },
  "4cc15a8a-d715-48a4-82b8-cc0b614638fe": {
    name: "UseOriginCacheControlHeaders-QueryStrings",
    minTtl: 0,
    defaultTtl: 0,
    maxTtl: YEAR_SECONDS,
    queryStrings: "all",
    cookies: "all",
    headers: ["host", "origin", ...methodHeaders],
    compression: true,
  },
};

/** What else of the viewer's request goes to the origin. */
export interface OriginRequestPolicy {
  name: string;
  headers: "none" | "allViewer" | "allViewerExceptHost" | string[];
  queryStrings: "none" | "all";
  cookies: "none" | "all";
}

export const originRequestPolicies: { [id: string]: OriginRequestPolicy } = {
  "216adef6-5c7f-47e4-b989-5492eafa07d3": {
    name: "AllViewer",
    headers: "allViewer",
    queryStrings: "all",
    cookies: "all",
  },
  "b689b0a8-53d0-40ab-baf2-68738e2966ac": {
    name: "AllViewerExceptHostHeader",
    headers: "allViewerExceptHost",
    queryStrings: "all",
    cookies: "all",
  },
  "59781a5b-3903-41f3-afcb-af62929ccde1": {
    name: "CORS-CustomOrigin",
    headers: ["origin"],
    queryStrings: "none",
    cookies: "none",
  },
  "acba4595-bd28-49b8-b9fe-13317c0390fa": {
    name: "UserAgentRefererHeaders",
    headers: ["user-agent", "referer"],
    queryStrings: "none",
    cookies: "none",
  },
};

/** A response header that the edge sets; with `override` also in place of the origin's own. */
export interface ResponseHeader {
  name: string;
  value: string;
  override: boolean;
}

const securityHeaders: ResponseHeader[] = [
  { name: "strict-transport-security", value: "max-age=31536000", override: false },
  { name: "x-content-type-options", value: "nosniff", override: true },
  { name: "x-frame-options", value: "SAMEORIGIN", override: false },
  { name: "x-xss-protection", value: "1; mode=block", override: false },
  { name: "referrer-policy", value: "strict-origin-when-cross-origin", override: false },
];
const simpleCors: ResponseHeader[] = [{ name: "access-control-allow-origin", value: "*", override: false }];

export const responseHeadersPolicies: { [id: string]: ResponseHeader[] } = {
  "67f7725c-6f97-4210-82d7-5512b31e9d03": securityHeaders,
  "60669652-455b-4ae9-85a4-c4c02393f86c": simpleCors,
  "e61eb60c-9c35-4d20-a928-2b84e02af89c": [...simpleCors, ...securityHeaders],
};
