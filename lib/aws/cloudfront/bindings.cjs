// Required, not imported: see docs/ARCHITECTURE.md, "The code".
exports.CloudfrontDistribution =
  require("@cdktn/provider-aws/lib/cloudfront-distribution/index.js").CloudfrontDistribution;
exports.CloudwatchLogDelivery =
  require("@cdktn/provider-aws/lib/cloudwatch-log-delivery/index.js").CloudwatchLogDelivery;
exports.CloudwatchLogDeliveryDestination =
  require("@cdktn/provider-aws/lib/cloudwatch-log-delivery-destination/index.js").CloudwatchLogDeliveryDestination;
exports.CloudwatchLogDeliverySource =
  require("@cdktn/provider-aws/lib/cloudwatch-log-delivery-source/index.js").CloudwatchLogDeliverySource;
exports.CloudwatchLogResourcePolicy =
  require("@cdktn/provider-aws/lib/cloudwatch-log-resource-policy/index.js").CloudwatchLogResourcePolicy;
