import type { Block, Configuration, JsonObject } from "../../local/terraform-json/index.ts";
import { demand, each, type Rule, rule } from "./rule.ts";

/** CloudFront's managed cache policies that fit an API (developer guide, "Use managed cache policies"). */
const CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const USE_ORIGIN_CACHE_CONTROL_HEADERS_QUERY_STRINGS = "4cc15a8a-d715-48a4-82b8-cc0b614638fe";
/** All that AWS manages, with their names, so that a message can say which one stands there. */
const MANAGED: Readonly<Record<string, string>> = {
  [CACHING_DISABLED]: "CachingDisabled",
  [USE_ORIGIN_CACHE_CONTROL_HEADERS_QUERY_STRINGS]: "UseOriginCacheControlHeaders-QueryStrings",
  "658327ea-f89d-4fab-a63d-7e88639e58f6": "CachingOptimized",
  "83da9c7e-98b4-4e11-a168-04f0df8e2c65": "UseOriginCacheControlHeaders",
};
const SECURITY_HEADERS = "67f7725c-6f97-4210-82d7-5512b31e9d03";
/** What may be cached. None matches what another does: which behaviour is the first, and so counts, is the same in any order. */
const READ_PATHS = [
  "/v1/products",
  "/v1/products/*",
  "/v1/categories",
  "/v1/categories/*",
  "/v1/search",
  "/v1/suggest",
];
const ALL_METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

const distributions = (config: Configuration) => config.of("aws_cloudfront_distribution");
const ordered = (distribution: Block) => distribution.blocks("ordered_cache_behavior");
const behaviours = (distribution: Block): JsonObject[] => [
  ...distribution.blocks("default_cache_behavior"),
  ...ordered(distribution),
];
const list = (value: unknown) => [value].flat().map(String);

const everyBehaviour = (config: Configuration, holds: (behaviour: JsonObject) => boolean, change: string) =>
  distributions(config).flatMap((distribution) =>
    behaviours(distribution)
      .filter((behaviour) => !holds(behaviour))
      .map((behaviour) => ({
        address: distribution.address,
        message: `Behaviour '${behaviour.path_pattern ?? "default"}': ${change}`,
      })),
  );

/** CloudFront. */
export const edge: readonly Rule[] = [
  rule({
    id: "distribution",
    source: "Core Requirements, 4",
    words: "CloudFront distribution for global content delivery",
    check: (config) => [
      ...demand(
        distributions(config).length > 0,
        "aws_cloudfront_distribution",
        "There is no distribution: add one.",
      ),
      ...each(
        distributions(config),
        (distribution) => distribution.get("enabled") === true,
        "Set enabled to true.",
      ),
      ...each(
        distributions(config),
        (distribution) =>
          config.targets(distribution.all("origin.domain_name"), "aws_lb").length > 0 ||
          distribution
            .all("origin.custom_origin_config.origin_protocol_policy")
            .every((each) => each === "https-only"),
        "Let the origin be the load balancer, or a domain of your own in front of it over HTTPS.",
      ),
    ],
  }),
  rule({
    id: "managed-cache-policy",
    source: "Core Requirements, 4; Constraints",
    words: "CloudFront must use managed caching policy for API endpoints",
    check: (config) =>
      everyBehaviour(
        config,
        ({ cache_policy_id }) => String(cache_policy_id) in MANAGED,
        "set cache_policy_id to one that AWS manages.",
      ),
  }),
  rule({
    id: "default-not-cached",
    source: "CloudFront Cache Behavior Configuration",
    words: `Use cache_policy_id ${CACHING_DISABLED} (AWS calls it CachingDisabled)`,
    check: (config) =>
      each(
        distributions(config),
        (distribution) => {
          const id = String(distribution.get("default_cache_behavior.cache_policy_id"));
          return id === CACHING_DISABLED || !(id in MANAGED);
        },
        `Set default_cache_behavior.cache_policy_id to ${CACHING_DISABLED}: what is not known to be cacheable is never cached.`,
      ),
  }),
  rule({
    id: "query-in-cache-key",
    source: "Success Criteria",
    words: "Global Delivery: CloudFront distributes content with proper caching, page 2 is not page 1",
    check: (config) =>
      distributions(config).flatMap((distribution) =>
        ordered(distribution)
          .filter(({ cache_policy_id: id }) => {
            const known = String(id) in MANAGED;
            return known && id !== CACHING_DISABLED && id !== USE_ORIGIN_CACHE_CONTROL_HEADERS_QUERY_STRINGS;
          })
          .map(({ path_pattern, cache_policy_id }) => ({
            address: distribution.address,
            message: `Behaviour '${path_pattern}': ${MANAGED[String(cache_policy_id)]} leaves the query string out of the key; use ${USE_ORIGIN_CACHE_CONTROL_HEADERS_QUERY_STRINGS}.`,
          })),
      ),
  }),
  rule({
    id: "catalogue-cached",
    source: "Success Criteria",
    words:
      "Global Delivery: the catalogue's read paths are cached as the API says, nothing else is, and no path hides another",
    check: (config) =>
      each(
        distributions(config),
        (distribution) =>
          ordered(distribution)
            .map(({ path_pattern }) => path_pattern)
            .toSorted()
            .join() === READ_PATHS.toSorted().join() &&
          ordered(distribution).every(({ cache_policy_id }) => cache_policy_id !== CACHING_DISABLED),
        `Give each read path an ordered_cache_behavior with ${USE_ORIGIN_CACHE_CONTROL_HEADERS_QUERY_STRINGS}, and nothing else one.`,
      ),
  }),
  rule({
    id: "no-forwarded-values",
    source: "CloudFront Cache Behavior Configuration; Common Deployment Failures, 3",
    words: "Cannot combine cache_policy_id with forwarded_values",
    check: (config) =>
      everyBehaviour(
        config,
        ({ forwarded_values }) => forwarded_values === undefined,
        "remove forwarded_values.",
      ),
  }),
  rule({
    id: "viewers-on-https",
    source: "Success Criteria",
    words:
      "Security: viewers speak HTTPS; what lets writes in redirects nobody, since the key has been sent by then",
    check: (config) =>
      everyBehaviour(
        config,
        ({ viewer_protocol_policy }) => viewer_protocol_policy === "https-only",
        'set viewer_protocol_policy to "https-only".',
      ),
  }),
  rule({
    id: "writes-pass",
    source: "Core Requirements, 4",
    words: "the API's writes reach it through the edge",
    check: (config) =>
      everyBehaviour(
        config,
        ({ allowed_methods }) => ALL_METHODS.every((method) => list(allowed_methods).includes(method)),
        `list all of ${ALL_METHODS.join(", ")} in allowed_methods.`,
      ),
  }),
  rule({
    id: "security-headers",
    source: "CloudFront developer guide, managed response headers",
    words: "answers carry security headers",
    check: (config) =>
      everyBehaviour(
        config,
        ({ response_headers_policy_id: id }) => id === SECURITY_HEADERS,
        `set response_headers_policy_id to ${SECURITY_HEADERS}.`,
      ),
  }),
  rule({
    id: "edge-protocols",
    source: "Core Requirements, 4",
    words: "global content delivery: HTTP/2 and 3, IPv6, compression",
    check: (config) => [
      ...each(
        distributions(config),
        (each) => each.get("http_version") === "http2and3" && each.get("is_ipv6_enabled") === true,
        'Set http_version to "http2and3" and is_ipv6_enabled to true.',
      ),
      ...everyBehaviour(config, ({ compress }) => compress === true, "set compress to true."),
    ],
  }),
  rule({
    id: "errors-not-kept",
    source: "CloudFront developer guide, custom error responses",
    words: "a 404 or 5xx is cached for a second at most, where CloudFront's default is 10",
    check: (config) =>
      each(
        distributions(config),
        (distribution) =>
          [404, 500, 501, 502, 503, 504].every((status) =>
            distribution
              .blocks("custom_error_response")
              .some(
                ({ error_code, error_caching_min_ttl: ttl }) => error_code === status && Number(ttl) <= 1,
              ),
          ),
        "Give 404, 500, 501, 502, 503 and 504 a custom_error_response with error_caching_min_ttl 1 or less.",
      ),
  }),
];
