/**
 * What is in the cache key, and for how long an answer is kept. AWS manages these.
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
 */
export const CachePolicy = {
  /** Never cached. Some take this id for CachingOptimized's, which leaves the query string out of the key. */
  CACHING_DISABLED: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
  /**
   * Kept for as long as the origin says (`s-maxage`), not at all when it says nothing. The key is path and query string,
   * all cookies, and the headers host, origin and method override.
   */
  USE_ORIGIN_CACHE_CONTROL_HEADERS_QUERY_STRINGS: "4cc15a8a-d715-48a4-82b8-cc0b614638fe",
} as const;

/** What of the viewer's request reaches the origin beside the cache key. */
export const OriginRequestPolicy = {
  ALL_VIEWER_EXCEPT_HOST_HEADER: "b689b0a8-53d0-40ab-baf2-68738e2966ac",
} as const;

export const ResponseHeadersPolicy = {
  /** Strict-Transport-Security, X-Content-Type-Options, X-Frame-Options, X-XSS-Protection, Referrer-Policy. */
  SECURITY_HEADERS: "67f7725c-6f97-4210-82d7-5512b31e9d03",
} as const;

/** Which edge locations serve; fewer cost less and are further away for some. */
export const PriceClass = {
  /** All of them. */
  ALL: "PriceClass_All",
  /** Without South America and Oceania. */
  PRICE_CLASS_200: "PriceClass_200",
  /** North America, Europe and Israel. */
  PRICE_CLASS_100: "PriceClass_100",
} as const;
export type PriceClass = (typeof PriceClass)[keyof typeof PriceClass];
