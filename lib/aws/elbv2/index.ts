export {
  type AddApplicationTargetGroupsProps,
  ApplicationListener,
  type ApplicationListenerProps,
  type FixedResponse,
  ListenerCondition,
} from "./application-listener.ts";
export { ApplicationLoadBalancer, type ApplicationLoadBalancerProps } from "./application-load-balancer.ts";
export {
  ApplicationTargetGroup,
  type ApplicationTargetGroupProps,
  type HealthCheck,
} from "./application-target-group.ts";
