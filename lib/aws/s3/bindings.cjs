// Required, not imported: see docs/ARCHITECTURE.md, "The code".
exports.S3Bucket = require("@cdktn/provider-aws/lib/s3-bucket/index.js").S3Bucket;
exports.S3BucketLifecycleConfiguration =
  require("@cdktn/provider-aws/lib/s3-bucket-lifecycle-configuration/index.js").S3BucketLifecycleConfiguration;
exports.S3BucketOwnershipControls =
  require("@cdktn/provider-aws/lib/s3-bucket-ownership-controls/index.js").S3BucketOwnershipControls;
exports.S3BucketPolicy = require("@cdktn/provider-aws/lib/s3-bucket-policy/index.js").S3BucketPolicy;
exports.S3BucketPublicAccessBlock =
  require("@cdktn/provider-aws/lib/s3-bucket-public-access-block/index.js").S3BucketPublicAccessBlock;
exports.S3BucketServerSideEncryptionConfigurationA =
  require("@cdktn/provider-aws/lib/s3-bucket-server-side-encryption-configuration/index.js").S3BucketServerSideEncryptionConfigurationA;
