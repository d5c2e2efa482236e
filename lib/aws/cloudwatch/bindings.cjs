// The provider's bindings, required: Node reads CommonJS twice when it is imported, and bindings are large (docs/ARCHITECTURE.md).
exports.CloudwatchDashboard =
  require("@cdktn/provider-aws/lib/cloudwatch-dashboard/index.js").CloudwatchDashboard;
exports.CloudwatchMetricAlarm =
  require("@cdktn/provider-aws/lib/cloudwatch-metric-alarm/index.js").CloudwatchMetricAlarm;
