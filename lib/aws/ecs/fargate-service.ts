import { Op, TerraformSelf } from "cdktn";
import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { Metric, type MetricOptions } from "../cloudwatch/index.ts";
import { Duration, dependsOn, kindOf, purposeOf, Stack, ValidationError } from "../core/index.ts";
import { type Connections, type IConnectable, Port, SecurityGroup, type Vpc } from "../ec2/index.ts";
import type { ApplicationListener, ApplicationTargetGroup } from "../elbv2/index.ts";
import { PolicyStatement } from "../iam/index.ts";
import type { DatabaseCluster } from "../rds/index.ts";
import type { Cluster } from "./cluster.ts";
import type { FargateTaskDefinition } from "./fargate-task-definition.ts";
import { ScalableTaskCount, type ScalableTaskCountProps } from "./scalable-task-count.ts";

export interface CapacityProviderStrategy {
  readonly capacityProvider: "FARGATE" | "FARGATE_SPOT";
  /** Share of the tasks beyond all bases. The API's own default is 0, no share at all. */
  readonly weight: number;
  /**
   * Tasks that run on this provider before any weight counts; one provider may have it.
   * @default 0
   */
  readonly base?: number;
}

export interface FargateServiceProps {
  readonly cluster: Cluster;
  readonly taskDefinition: FargateTaskDefinition;
  readonly vpc: Vpc;
  readonly desiredCount: number;
  readonly capacityProviderStrategies: CapacityProviderStrategy[];
  readonly targetGroup: ApplicationTargetGroup;
  /** Whose rule forwards to `targetGroup`. */
  readonly listener: ApplicationListener;
  /**
   * How long failed health checks of a new task are overlooked.
   * @default Duration.seconds(60)
   */
  readonly healthCheckGracePeriod?: Duration;
  /**
   * Databases that must answer before the first task starts.
   * @default - none
   */
  readonly databases?: DatabaseCluster[];
  /**
   * Service that stands in front: this one has its security group, and is changed after it.
   * @default - a security group of its own
   */
  readonly after?: FargateService;
  /**
   * Lets operators open a shell in a task (ECS Exec). It needs a writable root file system.
   * @default false
   */
  readonly enableExecuteCommand?: boolean;
}

/**
 * A Fargate service in private subnets behind a load balancer. A deployment keeps all tasks (100 % healthy, at most
 * 200 %), and one that does not get healthy is rolled back. Tasks are spread over the zones again after a zone was lost.
 */
export class FargateService extends Construct implements IConnectable {
  readonly connections: Connections;
  readonly serviceName: string;
  readonly cluster: Cluster;
  readonly desiredCount: number;
  readonly #resource: aws.EcsService;
  readonly #securityGroup: SecurityGroup;

  /**
   * @throws ValidationError for a strategy without weight, two bases, a negative count, or a container that does not
   *   listen on the target group's port
   */
  constructor(scope: Construct, id: string, props: FargateServiceProps) {
    super(scope, id);
    this.#validate(props);
    const containerName = props.taskDefinition.containerListeningOn(props.targetGroup.port);
    const stack = Stack.of(this);
    const name = stack.names.for(kindOf(id, "service"));
    this.cluster = props.cluster;
    this.desiredCount = props.desiredCount;
    this.#securityGroup = props.after
      ? props.after.#securityGroup
      : new SecurityGroup(this, "SecurityGroup", {
          vpc: props.vpc,
          purpose: purposeOf(id, "service"),
          description: "Fargate tasks",
          defaultPort: Port.tcp(props.targetGroup.port),
        });
    this.connections = this.#securityGroup.connections;
    if (props.enableExecuteCommand && !props.after) this.#grantExecuteCommand(props.taskDefinition);

    const service = new aws.EcsService(this, "Resource", {
      name,
      cluster: props.cluster.clusterArn,
      taskDefinition: props.taskDefinition.taskDefinitionArn,
      desiredCount: props.desiredCount,
      // No launch type: it excludes a strategy, and follows from it.
      capacityProviderStrategy: props.capacityProviderStrategies.map((strategy) => ({
        base: 0,
        ...strategy,
      })),
      networkConfiguration: {
        subnets: props.vpc.privateSubnets.map((subnet) => subnet.subnetId),
        securityGroups: [this.#securityGroup.securityGroupId],
        assignPublicIp: false,
      },
      loadBalancer: [
        {
          targetGroupArn: props.targetGroup.targetGroupArn,
          containerName,
          containerPort: props.targetGroup.port,
        },
      ],
      healthCheckGracePeriodSeconds: (props.healthCheckGracePeriod ?? Duration.seconds(60)).toSeconds(),
      deploymentMinimumHealthyPercent: 100,
      deploymentMaximumPercent: 200,
      deploymentCircuitBreaker: { enable: true, rollback: true },
      availabilityZoneRebalancing: "ENABLED",
      enableEcsManagedTags: true,
      enableExecuteCommand: props.enableExecuteCommand ?? false,
      propagateTags: "SERVICE",
      // An apply that returns before the tasks are healthy would report a broken deployment as a success.
      waitForSteadyState: true,
      // Else another strategy replaces the service (provider 5), or is refused (6): with tasks gone in between.
      forceNewDeployment: true,
      lifecycle: {
        // Auto-scaling owns the count from the first minute on (aws/aws-cdk#3919).
        ignoreChanges: ["desired_count"],
        // The circuit breaker's rollback is a steady state too (hashicorp/terraform-provider-aws#20858): the apply must
        // fail then, and keep what the old revision needs (its secrets, above all).
        postcondition: [
          {
            condition: Op.eq(
              TerraformSelf.getString("task_definition"),
              props.taskDefinition.taskDefinitionArn,
            ),
            errorMessage:
              "The new tasks did not get healthy, and ECS has put the service back on the revision before. Look at the service's events and at the log, mend the image or the setting, and apply again.",
          },
        ],
      },
      tags: { Name: name },
    });
    dependsOn(service, [
      ...(props.after ? [props.after.#resource] : []),
      props.cluster,
      props.taskDefinition,
      props.listener,
      ...props.vpc.privateSubnets,
      this.connections,
      props.listener.loadBalancer.connections,
      ...(props.databases ?? []).flatMap((database) => [database, database.connections]),
    ]);
    this.#resource = service;
    this.serviceName = service.name;
  }

  /**
   * Rolls a deployment back while one of these alarms is on: for a version that passes its health check and fails its
   * customers. They must not refer to the service, which waits for them.
   */
  enableDeploymentAlarms(alarmNames: string[]): void {
    this.#resource.putAlarms({ alarmNames, enable: true, rollback: true });
  }

  /** Lets the number of tasks follow the load. @throws ValidationError unless min ≤ desiredCount ≤ max. */
  autoScaleTaskCount(props: Omit<ScalableTaskCountProps, "service">): ScalableTaskCount {
    if (this.desiredCount > props.maxCapacity) {
      throw new ValidationError(
        this,
        `desired count ${this.desiredCount} is above maxCapacity ${props.maxCapacity}. Lower desiredCount or raise maxCapacity.`,
      );
    }
    if (this.desiredCount < props.minCapacity) {
      throw new ValidationError(
        this,
        `desired count ${this.desiredCount} is below minCapacity ${props.minCapacity}. Raise desiredCount or lower minCapacity.`,
      );
    }
    return new ScalableTaskCount(this, "TaskCount", { service: this, ...props });
  }

  /** Per cent of the CPU that the tasks have reserved, over all tasks. */
  metricCpuUtilization(options?: MetricOptions): Metric {
    return this.#metric("AWS/ECS", "CPUUtilization", "Average", options);
  }

  /** Per cent of the memory that the tasks have reserved. */
  metricMemoryUtilization(options?: MetricOptions): Metric {
    return this.#metric("AWS/ECS", "MemoryUtilization", "Average", options);
  }

  /** Tasks that should run, by Container Insights. */
  metricDesiredTaskCount(options?: MetricOptions): Metric {
    return this.#metric("ECS/ContainerInsights", "DesiredTaskCount", "Maximum", options);
  }

  /** Tasks that run, by Container Insights. */
  metricRunningTaskCount(options?: MetricOptions): Metric {
    return this.#metric("ECS/ContainerInsights", "RunningTaskCount", "Minimum", options);
  }

  #metric(namespace: string, metricName: string, statistic: string, options?: MetricOptions): Metric {
    return new Metric({
      namespace,
      metricName,
      statistic,
      dimensions: { ClusterName: this.cluster.clusterName, ServiceName: this.serviceName },
      ...options,
    });
  }

  #grantExecuteCommand(task: FargateTaskDefinition): void {
    task.taskRole.addToPolicy(
      new PolicyStatement({
        actions: [
          "ssmmessages:CreateControlChannel",
          "ssmmessages:CreateDataChannel",
          "ssmmessages:OpenControlChannel",
          "ssmmessages:OpenDataChannel",
        ],
        resources: ["*"], // the message gateway has no resource-level permissions
      }),
    );
    const log = this.cluster.executeCommandLogGroup;
    log?.grantDescribe(task.taskRole);
    log?.grantWrite(task.taskRole);
  }

  #validate({ capacityProviderStrategies: strategies, desiredCount }: FargateServiceProps): void {
    if (!Number.isInteger(desiredCount) || desiredCount < 0) {
      throw new ValidationError(this, `desired count ${desiredCount}: use 0, 1, 2 …`);
    }
    if (!strategies.some(({ weight }) => weight > 0)) {
      throw new ValidationError(this, "no capacity provider has a weight above 0: no task could be placed.");
    }
    if (strategies.filter(({ base = 0 }) => base > 0).length > 1) {
      throw new ValidationError(this, "two capacity providers have a base: ECS allows one.");
    }
  }
}
