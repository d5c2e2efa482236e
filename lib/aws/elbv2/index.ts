export {
  ApplicationListener,
  type ApplicationListenerProps,
  type FixedResponse,
  type HeaderRuleProps,
} from "./application-listener.ts";
export { ApplicationLoadBalancer, type ApplicationLoadBalancerProps } from "./application-load-balancer.ts";
export {
  ApplicationTargetGroup,
  type ApplicationTargetGroupProps,
  type HealthCheck,
} from "./application-target-group.ts";
