/** Deployments and tasks as the page and the drills see them. */

import { LOOPBACK } from "../../local/ports.ts";
import type { Target } from "../balancer/target-group.ts";
import type { DeploymentSnapshot, TaskSnapshot } from "../contract/index.ts";
import { type Deployment, failureThreshold } from "./deployment.ts";
import type { Task } from "./task.ts";

export function deploymentSnapshot(
  deployment: Deployment,
  primary: boolean,
  desired: number,
  running: Task[],
): DeploymentSnapshot {
  return {
    revision: deployment.revision,
    status: primary ? "PRIMARY" : "ACTIVE",
    rollout: deployment.rollout,
    desired: primary ? desired : 0,
    running: running.filter(({ revision }) => revision === deployment.revision).length,
    failed: deployment.failures,
    failureThreshold: failureThreshold(desired),
    rollback: deployment.rollback,
  };
}

export function taskSnapshot(task: Task, target: Target | undefined): TaskSnapshot {
  return {
    id: task.id,
    pid: task.pid,
    address: `${LOOPBACK}:${task.port}`,
    status: task.status,
    health: target?.health ?? "unused",
    reason: target?.reason ?? task.reason,
    revision: task.revision,
    provider: task.provider,
    inFlight: target?.inFlight ?? 0,
    served: target?.served ?? task.served,
    cpuPercent: task.cpuPercent,
    memory: task.memory,
    startedAt: task.startedAt,
    stoppedAt: task.stoppedAt,
    exitCode: task.exitCode,
  };
}
