import { PriceClass } from "../aws/cloudfront/index.ts";
import { flag, integer, oneOf, optional, type SettingTable } from "./kinds.ts";
import { REGION } from "./region.ts";

/** `arn:aws:acm:<region>:<account>:certificate/<id>` */
const certificate = (region: string) => new RegExp(`^arn:aws:acm:${region}:\\d{12}:certificate/[0-9a-f-]+$`);
/** Letters past ASCII as DNS has them, in the last label too: `магазин.рф` is `xn--80aairftm.xn--p1ai`. */
const HOST_NAME =
  /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{0,58}[a-z0-9])$/;

/** The edge, and the way from there to the load balancer. */
export const EDGE = {
  priceClass: oneOf({
    variable: "PRICE_CLASS",
    fallback: PriceClass.ALL,
    values: Object.values(PriceClass),
    description: "Edge locations that serve",
  }),
  domainName: optional({
    variable: "DOMAIN_NAME",
    pattern: HOST_NAME,
    range: "a host name in lower case, as shop.example.com or xn--80aairftm.xn--p1ai",
    description: "Own domain of the distribution; needs CERTIFICATE_ARN",
  }),
  certificateArn: optional({
    variable: "CERTIFICATE_ARN",
    pattern: certificate("us-east-1"),
    range: "an ACM certificate of us-east-1",
    description: "Certificate for DOMAIN_NAME",
  }),
  originDomainName: optional({
    variable: "ORIGIN_DOMAIN_NAME",
    pattern: HOST_NAME,
    range: "a host name in lower case, as shop.example.com or xn--80aairftm.xn--p1ai",
    description: "Name that your DNS points at the load balancer; needs ORIGIN_CERTIFICATE_ARN",
  }),
  originCertificateArn: optional({
    variable: "ORIGIN_CERTIFICATE_ARN",
    pattern: certificate(REGION),
    range: `an ACM certificate of ${REGION}`,
    description: "Certificate for ORIGIN_DOMAIN_NAME; CloudFront then speaks HTTPS to the load balancer",
  }),
  webAcl: flag({
    variable: "WEB_ACL",
    description:
      "AWS WAF at the edge: rate limit and managed rules. Off, because it costs 0.60 USD per million requests, cached ones too",
  }),
  webAclRateLimit: integer({
    variable: "WEB_ACL_RATE_LIMIT",
    fallback: 2000,
    range: [10, 2_000_000_000],
    description: "Requests of one address in five minutes",
  }),
} as const satisfies SettingTable;
