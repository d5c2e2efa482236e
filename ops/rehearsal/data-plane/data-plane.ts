/** What runs behind the control plane: moto has no tasks, no targets and no edge, something else must. */

/** A task as ECS tells of it, as far as a data plane knows. */
export interface PlaneTask {
  readonly id: string;
  readonly status: "PENDING" | "RUNNING" | "STOPPED";
  readonly health: "initial" | "healthy" | "unhealthy" | "draining" | "unused";
  /** Loopback address that stands for the task's network interface. */
  readonly address: string;
  readonly taskDefinition: string;
  readonly capacityProvider: "FARGATE" | "FARGATE_SPOT";
  readonly zone: string;
  readonly startedAt: Date;
  /** Of a stopped task, in ECS's words. */
  readonly stopped?: {
    readonly at: Date;
    readonly code: string;
    readonly reason: string;
    readonly exitCode?: number | undefined;
    readonly containerReason?: string | undefined;
  };
}

export interface PlaneDeployment {
  readonly taskDefinition: string;
  readonly rollout: "IN_PROGRESS" | "COMPLETED" | "FAILED";
  /** Why the rollout stands as it does, in ECS's words. */
  readonly reason?: string | undefined;
  readonly failedTasks: number;
  readonly startedAt: Date;
}

/** The service of one environment, running somewhere. */
export interface DataPlane {
  readonly desired: number;
  readonly tasks: readonly PlaneTask[];
  /** Newest first, as ECS lists them. */
  readonly events: readonly { readonly at: Date; readonly message: string }[];
  /** Newest first; with one that rolls back, the revision that it goes back to is the service's. */
  readonly deployments: readonly PlaneDeployment[];
  /** Where the edge and the balancer answer, once they do. */
  readonly addresses: { readonly edge: string; readonly balancer: string } | undefined;
  /** A new revision was asked for, or another number of tasks. */
  update(change: { taskDefinition?: string; desired?: number }): void;
  stop(): Promise<void>;
}

/** Starts what a service runs; called when the service is created. */
export type StartDataPlane = (service: {
  /** `service-api-<suffix>` */
  readonly name: string;
  readonly suffix: string;
  readonly taskDefinition: string;
  readonly desired: number;
}) => DataPlane;
