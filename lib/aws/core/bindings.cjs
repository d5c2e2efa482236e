// Required, not imported: see docs/ARCHITECTURE.md, "The code".
exports.AwsProvider = require("@cdktn/provider-aws/lib/provider/index.js").AwsProvider;
exports.DataAwsCallerIdentity =
  require("@cdktn/provider-aws/lib/data-aws-caller-identity/index.js").DataAwsCallerIdentity;
exports.DataAwsPartition = require("@cdktn/provider-aws/lib/data-aws-partition/index.js").DataAwsPartition;
