// Required, not imported: see docs/ARCHITECTURE.md, "The code".
exports.DataAwsRdsEngineVersion =
  require("@cdktn/provider-aws/lib/data-aws-rds-engine-version/index.js").DataAwsRdsEngineVersion;
exports.DbSubnetGroup = require("@cdktn/provider-aws/lib/db-subnet-group/index.js").DbSubnetGroup;
exports.RdsCluster = require("@cdktn/provider-aws/lib/rds-cluster/index.js").RdsCluster;
exports.RdsClusterInstance =
  require("@cdktn/provider-aws/lib/rds-cluster-instance/index.js").RdsClusterInstance;
exports.RdsClusterParameterGroup =
  require("@cdktn/provider-aws/lib/rds-cluster-parameter-group/index.js").RdsClusterParameterGroup;
