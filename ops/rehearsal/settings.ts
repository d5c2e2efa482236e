import { HOME_REGION } from "../../local/regions.ts";

/** Names that the rehearsal gives to what it makes. */

/** Credentials that moto takes; they open nothing anywhere. */
export const CREDENTIALS = { accessKeyId: "testing", secretAccessKey: "testing" };

/** Of whom deploys, where IAM is played: moto takes any. */
export const DEPLOYER = { accessKeyId: "deployer", secretAccessKey: "testing" };

/** Bucket and lock table of the Terraform states, made by the bootstrap command's own code. */
export const STATE = {
  bucket: "terraform-state-rehearsal",
  lockTable: "terraform-lock-rehearsal",
  region: HOME_REGION,
};

/** Everything that is off by default, on: what AWS is not asked for here has at least the provider's word for it. */
export const OPTIONS = {
  ON_DEMAND_BASE_TASKS: "1",
  SPOT_FALLBACK_TASKS: "3",
  ENABLE_EXECUTE_COMMAND: "true",
  LIST_CURRENCY: "SEK",
  API_REFERENCE: "off",
  SCHEDULED_MINIMUMS: "cron(0 5 27 11 ? 2126)=6; cron(0 1 1 12 ? 2126)=2",
  NAT_GATEWAYS: "1",
  ORIGIN_TOKEN_VERSION: "2",
  DOMAIN_NAME: "shop.example.com",
  CERTIFICATE_ARN: "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d",
  ORIGIN_DOMAIN_NAME: "origin.example.com",
  ORIGIN_CERTIFICATE_ARN: "arn:aws:acm:eu-north-1:123456789012:certificate/0a1b2c3d",
  WEB_ACL: "true",
  ALARM_EMAIL: "oncall@example.com",
};

/** Two environments in one account. */
export const SUFFIXES = { happyPath: "happy-path", faultInjection: "faults" };

/** Images that nobody pulls: moto runs no containers. */
export const IMAGES = {
  first: "registry.example/catalog-api:1.0.0",
  second: "registry.example/catalog-api:1.0.1",
};
