/**
 * What ECS tells EventBridge of a service
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_cwe_events.html), as far as rules ask for it.
 */
import type { ServiceBlueprint } from "../blueprint/index.ts";

export type StopCode =
  | "TaskFailedToStart"
  | "EssentialContainerExited"
  | "ServiceSchedulerInitiated"
  | "SpotInterruption";

export interface EcsEvent {
  source: "aws.ecs";
  "detail-type": "ECS Task State Change" | "ECS Deployment State Change";
  resources: string[];
  detail: Record<string, string>;
}

export function taskStopped(
  { cluster }: ServiceBlueprint,
  id: string,
  stopCode: StopCode,
  stoppedReason: string,
): EcsEvent {
  return {
    source: "aws.ecs",
    "detail-type": "ECS Task State Change",
    resources: [`arn:aws:ecs:::task/${cluster.name}/${id}`],
    detail: { clusterArn: cluster.arn, lastStatus: "STOPPED", stopCode, stoppedReason },
  };
}

export function deploymentChanged(
  { cluster, name }: ServiceBlueprint,
  change: "IN_PROGRESS" | "COMPLETED" | "FAILED",
): EcsEvent {
  return {
    source: "aws.ecs",
    "detail-type": "ECS Deployment State Change",
    resources: [`arn:aws:ecs:::service/${cluster.name}/${name}`],
    detail: { eventName: `SERVICE_DEPLOYMENT_${change}` },
  };
}
