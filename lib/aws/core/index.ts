export { accountId, arn, partition } from "./account.ts";
export { dependsOn, type IDependable } from "./dependencies.ts";
export { Duration } from "./duration.ts";
export { UserError, ValidationError } from "./errors.ts";
export { kindOf, Names, purposeOf, SUFFIX } from "./names.ts";
export { CLOUDFRONT_REGION, Stack, type StackProps, type StateBackendProps } from "./stack.ts";
