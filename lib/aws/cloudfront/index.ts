export {
  type BehaviorOptions,
  Distribution,
  type DistributionProps,
  type ErrorResponse,
  type ViewerCertificate,
} from "./distribution.ts";
export { LoadBalancerV2Origin, type LoadBalancerV2OriginProps } from "./origin.ts";
export { CachePolicy, OriginRequestPolicy, PriceClass, ResponseHeadersPolicy } from "./policies.ts";
