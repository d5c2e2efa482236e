// The provider's bindings, required: Node reads CommonJS twice when it is imported, and bindings are large (docs/ARCHITECTURE.md).
exports.CloudwatchLogGroup =
  require("@cdktn/provider-aws/lib/cloudwatch-log-group/index.js").CloudwatchLogGroup;
