// Required, not imported: see docs/ARCHITECTURE.md, "The code".
exports.CloudwatchDashboard =
  require("@cdktn/provider-aws/lib/cloudwatch-dashboard/index.js").CloudwatchDashboard;
exports.CloudwatchMetricAlarm =
  require("@cdktn/provider-aws/lib/cloudwatch-metric-alarm/index.js").CloudwatchMetricAlarm;
