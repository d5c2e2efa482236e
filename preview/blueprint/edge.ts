/** Reads the CloudFront distribution. */
import {
  type CachePolicy,
  cachePolicies,
  type OriginRequestPolicy,
  originRequestPolicies,
  type ResponseHeader,
  responseHeadersPolicies,
} from "./managed-policies.ts";
import type { Block, Stack } from "./stack.ts";

export interface Behaviour {
  address: string;
  /** Path of the setting within the resource, for messages, e.g. `ordered_cache_behavior.0`. */
  attribute: string;
  /** With `*` and `?` as wildcards; `*` for the default behaviour. */
  pathPattern: string;
  allowedMethods: Set<string>;
  cachedMethods: Set<string>;
  cachePolicy: CachePolicy;
  originRequestPolicy: OriginRequestPolicy;
  responseHeaders: ResponseHeader[];
  compress: boolean;
}

export interface Origin {
  address: string;
  /** The load balancer behind it, and the port that the edge calls there. */
  balancer: Block;
  port: number;
  /** Headers that the edge adds to every request, lower-case. */
  headers: { [name: string]: string };
  /** Seconds that the edge waits for an answer, and for a connection. */
  readTimeout: number;
  connectionTimeout: number;
}

export interface EdgeBlueprint {
  address: string;
  origin: Origin;
  /** In the order in which they are tried; the default behaviour is last. */
  behaviours: Behaviour[];
  /** Seconds for which an error status is answered from the cache; 10 where nothing is said. */
  errorCaching: Map<number, number>;
}

const noOriginRequestPolicy: OriginRequestPolicy = {
  name: "none",
  headers: "none",
  queryStrings: "none",
  cookies: "none",
};

export function readEdge(stack: Stack): EdgeBlueprint {
  const distribution = stack.only("aws_cloudfront_distribution");
  if (!distribution.boolean("enabled", false))
    throw distribution.error("enabled", "is false: the edge would answer nobody");
  const origins = distribution.list("origin").length;
  const ordered = distribution
    .list("ordered_cache_behavior")
    .map((_, index) => `ordered_cache_behavior.${index}`);
  const behaviours = [...ordered, "default_cache_behavior"].map((path) => readBehaviour(distribution, path));
  if (origins !== 1)
    throw distribution.error("origin", `holds ${origins} origins; the preview plays exactly one`);
  return {
    address: distribution.address,
    origin: readOrigin(stack, distribution),
    behaviours,
    errorCaching: readErrorCaching(distribution),
  };
}

function readOrigin(stack: Stack, distribution: Block): Origin {
  const path = "origin.0";
  const originId = distribution.text(`${path}.origin_id`);
  const targets = [
    "default_cache_behavior",
    ...distribution.list("ordered_cache_behavior").map((_, at) => `ordered_cache_behavior.${at}`),
  ];
  for (const behaviour of targets) {
    const target = distribution.text(`${behaviour}.target_origin_id`);
    if (target !== originId)
      throw distribution.error(
        `${behaviour}.target_origin_id`,
        `is "${target}", but the only origin is "${originId}"`,
      );
  }
  const custom = `${path}.custom_origin_config`;
  const protocol = distribution.text(`${custom}.origin_protocol_policy`);
  const headers = distribution.list(`${path}.custom_header`).map((_, index) => {
    const header = `${path}.custom_header.${index}`;
    return [distribution.text(`${header}.name`).toLowerCase(), distribution.text(`${header}.value`)] as const;
  });
  return {
    address: distribution.address,
    // A name in the owner's DNS (ORIGIN_DOMAIN_NAME) leads to the one load balancer that there is.
    balancer:
      distribution.references(`${path}.domain_name`).length === 0
        ? stack.only("aws_lb")
        : distribution.follow(`${path}.domain_name`, "aws_lb"),
    // The preview's viewers speak HTTP, so that match-viewer would be HTTP too; behind https-only it is HTTPS.
    port:
      protocol === "http-only"
        ? distribution.number(`${custom}.http_port`)
        : distribution.number(`${custom}.https_port`),
    headers: Object.fromEntries(headers),
    readTimeout: distribution.number(`${custom}.origin_read_timeout`, 30),
    connectionTimeout: distribution.number(`${path}.connection_timeout`, 10),
  };
}

function readBehaviour(distribution: Block, path: string): Behaviour {
  if (distribution.raw(`${path}.forwarded_values`) !== undefined)
    throw distribution.error(`${path}.forwarded_values`, "excludes cache_policy_id: remove it");
  for (const unplayed of ["lambda_function_association", "function_association"]) {
    if (distribution.list(`${path}.${unplayed}`).length > 0)
      throw distribution.error(`${path}.${unplayed}`, "runs code at the edge, which the preview cannot play");
  }
  const managed = <T>(attribute: string, known: { [id: string]: T }): T => {
    const id = distribution.text(`${path}.${attribute}`);
    const policy = known[id];
    if (!policy)
      throw distribution.error(`${path}.${attribute}`, `"${id}" is no managed policy that the preview knows`);
    return policy;
  };
  return {
    address: distribution.address,
    attribute: path,
    pathPattern: path === "default_cache_behavior" ? "*" : distribution.text(`${path}.path_pattern`),
    allowedMethods: new Set(distribution.texts(`${path}.allowed_methods`)),
    cachedMethods: new Set(distribution.texts(`${path}.cached_methods`)),
    cachePolicy: managed("cache_policy_id", cachePolicies),
    originRequestPolicy:
      distribution.raw(`${path}.origin_request_policy_id`) === undefined
        ? noOriginRequestPolicy
        : managed("origin_request_policy_id", originRequestPolicies),
    responseHeaders: readResponseHeaders(distribution, path, managed),
    compress: distribution.boolean(`${path}.compress`, false),
  };
}

function readResponseHeaders(
  distribution: Block,
  path: string,
  managed: (attribute: string, known: typeof responseHeadersPolicies) => ResponseHeader[],
): ResponseHeader[] {
  const attribute = `${path}.response_headers_policy_id`;
  if (distribution.raw(attribute) === undefined) return [];
  const own = distribution
    .references(attribute)
    .find(({ type }) => type === "aws_cloudfront_response_headers_policy");
  return own ? readOwnPolicy(own) : managed("response_headers_policy_id", responseHeadersPolicies);
}

/** The stack's own response headers policy. */
function readOwnPolicy(policy: Block): ResponseHeader[] {
  const security = "security_headers_config";
  const headers: ResponseHeader[] = policy.list("custom_headers_config.items").map((_, index) => {
    const item = `custom_headers_config.items.${index}`;
    return {
      name: policy.text(`${item}.header`).toLowerCase(),
      value: policy.text(`${item}.value`),
      override: policy.boolean(`${item}.override`, false),
    };
  });
  const add = (block: string, name: string, value: (at: string) => string) => {
    const at = `${security}.${block}`;
    if (policy.raw(at) !== undefined)
      headers.push({ name, value: value(at), override: policy.boolean(`${at}.override`, false) });
  };
  add("content_type_options", "x-content-type-options", () => "nosniff");
  add("frame_options", "x-frame-options", (at) => policy.text(`${at}.frame_option`));
  add("referrer_policy", "referrer-policy", (at) => policy.text(`${at}.referrer_policy`));
  add("content_security_policy", "content-security-policy", (at) =>
    policy.text(`${at}.content_security_policy`),
  );
  add("xss_protection", "x-xss-protection", (at) =>
    policy.boolean(`${at}.protection`, false)
      ? `1${policy.boolean(`${at}.mode_block`, false) ? "; mode=block" : ""}`
      : "0",
  );
  add("strict_transport_security", "strict-transport-security", (at) =>
    [
      `max-age=${policy.number(`${at}.access_control_max_age_sec`)}`,
      ...(policy.boolean(`${at}.include_subdomains`, false) ? ["includeSubDomains"] : []),
      ...(policy.boolean(`${at}.preload`, false) ? ["preload"] : []),
    ].join("; "),
  );
  return headers;
}

function readErrorCaching(distribution: Block): Map<number, number> {
  return new Map(
    distribution.list("custom_error_response").map((_, index) => {
      const path = `custom_error_response.${index}`;
      if (distribution.raw(`${path}.response_page_path`) !== undefined)
        throw distribution.error(
          `${path}.response_page_path`,
          "is an error page, which the preview cannot play",
        );
      return [
        distribution.number(`${path}.error_code`),
        distribution.number(`${path}.error_caching_min_ttl`, 10),
      ];
    }),
  );
}
