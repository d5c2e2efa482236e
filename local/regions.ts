/** Where the stack stands. */
export const HOME_REGION = "eu-north-1";

/** Where CloudFront keeps what belongs to it: web ACLs, certificates, log deliveries, metrics. */
export const CLOUDFRONT_REGION = "us-east-1";

/** The provider of what stands there, as a resource of the synthesised stack names it. */
export const CLOUDFRONT_PROVIDER = "aws.us-east-1";
