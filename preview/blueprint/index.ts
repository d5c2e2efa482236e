/** What the preview reads of a synthesised stack. */
export type { Action, BalancerBlueprint, Condition, HealthCheck, TargetGroup } from "./balancer.ts";
export { type Blueprint, readBlueprint } from "./blueprint.ts";
export type { DatabaseBlueprint } from "./database.ts";
export type { Behaviour, EdgeBlueprint } from "./edge.ts";
export type { CachePolicy } from "./managed-policies.ts";
export type { ScalerBlueprint, ScheduledAction } from "./scaler.ts";
export type { ServiceBlueprint } from "./service.ts";
export { BlueprintError } from "./stack.ts";
export type { StandbyBlueprint, StepPolicy } from "./standby.ts";
