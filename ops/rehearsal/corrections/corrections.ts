import { applicationAutoscaling } from "./application-autoscaling.ts";
import { cloudfront } from "./cloudfront.ts";
import type { Correction } from "./correction.ts";
import { ec2 } from "./ec2.ts";
import { ecs } from "./ecs.ts";
import { elbv2 } from "./elbv2.ts";
import { logs } from "./logs.ts";
import { rds } from "./rds.ts";
import { s3 } from "./s3.ts";
import { wafv2 } from "./wafv2.ts";

/** All corrections, with an empty memory: make them once for each moto, and share them between its gateways. */
export const corrections = (): Correction[] => [
  ...applicationAutoscaling(),
  ...cloudfront,
  ...ec2(),
  ...ecs(),
  ...logs(),
  ...elbv2(),
  ...rds,
  ...s3(),
  ...wafv2(),
];
