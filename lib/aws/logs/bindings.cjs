// Required, not imported: see docs/ARCHITECTURE.md, "The code".
exports.CloudwatchLogGroup =
  require("@cdktn/provider-aws/lib/cloudwatch-log-group/index.js").CloudwatchLogGroup;
