// Required, not imported: see docs/ARCHITECTURE.md, "The code".
exports.AppautoscalingPolicy =
  require("@cdktn/provider-aws/lib/appautoscaling-policy/index.js").AppautoscalingPolicy;
exports.AppautoscalingScheduledAction =
  require("@cdktn/provider-aws/lib/appautoscaling-scheduled-action/index.js").AppautoscalingScheduledAction;
exports.AppautoscalingTarget =
  require("@cdktn/provider-aws/lib/appautoscaling-target/index.js").AppautoscalingTarget;
exports.EcsCluster = require("@cdktn/provider-aws/lib/ecs-cluster/index.js").EcsCluster;
exports.EcsClusterCapacityProviders =
  require("@cdktn/provider-aws/lib/ecs-cluster-capacity-providers/index.js").EcsClusterCapacityProviders;
exports.EcsService = require("@cdktn/provider-aws/lib/ecs-service/index.js").EcsService;
exports.EcsTaskDefinition = require("@cdktn/provider-aws/lib/ecs-task-definition/index.js").EcsTaskDefinition;
