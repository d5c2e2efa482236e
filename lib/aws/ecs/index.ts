export { Cluster, type ClusterProps } from "./cluster.ts";
export {
  type ContainerDefinitionOptions,
  type ContainerDependency,
  type PortMapping,
  Secret,
} from "./container-definition.ts";
export { ContainerImage } from "./container-image.ts";
export {
  type CapacityProviderStrategy,
  FargateService,
  type FargateServiceProps,
} from "./fargate-service.ts";
export { FargateTaskDefinition, type FargateTaskDefinitionProps } from "./fargate-task-definition.ts";
export {
  type BasicStepScalingPolicyProps,
  type CpuUtilizationScalingProps,
  ScalableTaskCount,
  type ScalableTaskCountProps,
  type ScalingInterval,
  type ScheduledScalingProps,
} from "./scalable-task-count.ts";
