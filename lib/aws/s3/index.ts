export { Bucket, type BucketProps, type LifecycleRule } from "./bucket.ts";
