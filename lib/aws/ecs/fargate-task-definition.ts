import { createHash } from "node:crypto";
import { Lazy, Op, type TerraformResource } from "cdktn";
import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { accountId, type IDependable, kindOf, partition, Stack, ValidationError } from "../core/index.ts";
import { PolicyStatement, Role } from "../iam/index.ts";
import { type ContainerDefinitionOptions, renderContainerDefinition } from "./container-definition.ts";

/**
 * CPU units → the memory, in MiB, that Fargate offers with them.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
 */
const MEMORY_MIB: Record<number, { min: number; max: number; step: number }> = {
  256: { min: 512, max: 2_048, step: 512 },
  512: { min: 1_024, max: 4_096, step: 1_024 },
  1024: { min: 2_048, max: 8_192, step: 1_024 },
  2048: { min: 4_096, max: 16_384, step: 1_024 },
  4096: { min: 8_192, max: 30_720, step: 1_024 },
};

export interface FargateTaskDefinitionProps {
  /** CPU units; 1024 are 1 vCPU. */
  readonly cpu: number;
  readonly memoryLimitMiB: number;
  /** @default "X86_64" */
  readonly cpuArchitecture?: "X86_64" | "ARM64";
}

/**
 * A Fargate task, and its two roles: the execution role, with which ECS pulls the image, reads the
 * secrets and writes the log; and the task role, which the process itself has.
 */
export class FargateTaskDefinition extends Construct implements IDependable {
  readonly taskDefinitionArn: string;
  readonly family: string;
  readonly taskRole: Role;
  readonly executionRole: Role;
  readonly #resource: aws.EcsTaskDefinition;
  readonly #needed: IDependable[] = [];
  readonly #containers = new Map<string, ContainerDefinitionOptions>();

  /** @throws ValidationError for a combination of CPU and memory that Fargate does not offer. */
  constructor(scope: Construct, id: string, props: FargateTaskDefinitionProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const memory = MEMORY_MIB[props.cpu];
    if (!memory) {
      throw new ValidationError(
        this,
        `cpu ${props.cpu} is not offered: use ${Object.keys(MEMORY_MIB).join(", ")}.`,
      );
    }
    const { min, max, step } = memory;
    if (props.memoryLimitMiB < min || props.memoryLimitMiB > max || props.memoryLimitMiB % step !== 0) {
      throw new ValidationError(
        this,
        `memoryLimitMiB ${props.memoryLimitMiB} is not offered with cpu ${props.cpu}: use ${min} to ${max} in steps of ${step}.`,
      );
    }
    this.taskRole = new Role(this, "TaskRole", {
      assumedBy: "ecs-tasks.amazonaws.com",
      description: "What the running container may do in AWS",
    });
    this.executionRole = new Role(this, "ExecutionRole", {
      assumedBy: "ecs-tasks.amazonaws.com",
      description: "Pulls the image, reads the secrets and writes the log of a starting task",
      // AWS documents the condition for task roles, not for these:
      // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
      thisAccountOnly: false,
    });
    this.#needed.push(this.taskRole, this.executionRole);
    this.family = stack.names.for(kindOf(id, "task"));
    this.#resource = new aws.EcsTaskDefinition(this, "Resource", {
      family: this.family,
      requiresCompatibilities: ["FARGATE"],
      networkMode: "awsvpc",
      cpu: String(props.cpu),
      memory: String(props.memoryLimitMiB),
      runtimePlatform: { operatingSystemFamily: "LINUX", cpuArchitecture: props.cpuArchitecture ?? "X86_64" },
      taskRoleArn: this.taskRole.roleArn,
      executionRoleArn: this.executionRole.roleArn,
      containerDefinitions: Lazy.stringValue({
        produce: () =>
          JSON.stringify(
            [...this.#containers].map(([name, options]) => renderContainerDefinition(this, name, options)),
          ),
      }),
      // Else the revision that a failed deployment rolls back to would be deregistered first.
      lifecycle: { createBeforeDestroy: true },
      tags: { Name: this.family },
    });
    this.taskDefinitionArn = this.#resource.arn;
  }

  /**
   * Adds a container, and grants the execution role what it needs for it: its image, its secrets, its log group.
   *
   * @throws ValidationError for a name that another container has, or what Fargate does not allow
   */
  addContainer(name: string, options: ContainerDefinitionOptions): void {
    if (this.#containers.has(name)) throw new ValidationError(this, `it has a container '${name}' already.`);
    renderContainerDefinition(this, name, options); // what cannot be is said where it was asked for
    this.#containers.set(name, options);
    options.logGroup.grantWrite(this.executionRole);
    for (const { secret } of Object.values(options.secrets)) {
      secret.grantRead(this.executionRole);
      this.#needed.push(secret);
    }
    this.#grantPull(options.image.reference);
    if (options.image.missing) {
      this.#resource.lifecycle = {
        ...this.#resource.lifecycle,
        // Never true. Terraform wants a condition to refer to something, and it must be known when planning.
        precondition: [{ condition: Op.eq(accountId(this), ""), errorMessage: options.image.missing }],
      };
    }
  }

  /**
   * The container that a target group's port is of.
   *
   * @throws ValidationError when none listens there, or one waits for what can never be
   */
  containerListeningOn(port: number): string {
    this.#checkDependencies();
    const [found] = [...this.#containers].find(([, { portMappings = [] }]) =>
      portMappings.some(({ containerPort }) => containerPort === port),
    ) ?? [undefined];
    if (found) return found;
    const names = [...this.#containers.keys()].map((name) => `'${name}'`).join(", ");
    throw new ValidationError(
      this,
      names
        ? `container ${names} does not listen on ${port}: add it to portMappings, or change the port of the target group.`
        : "it has no container: call addContainer.",
    );
  }

  #checkDependencies(): void {
    for (const [name, { dependsOn = [] }] of this.#containers) {
      for (const { containerName, condition } of dependsOn) {
        const other = this.#containers.get(containerName);
        if (!other)
          throw new ValidationError(this, `container '${name}' waits for '${containerName}': add that one.`);
        if (/^(COMPLETE|SUCCESS)$/.test(condition) && other.essential !== false)
          throw new ValidationError(
            this,
            `container '${name}' waits for the end of '${containerName}', which would end the task: set its essential to false.`,
          );
      }
    }
  }

  /** What a service must wait for before it starts the first task, and outlive when it stops the last. */
  get dependables(): readonly TerraformResource[] {
    return this.#needed.flatMap(({ dependables }) => dependables);
  }

  /** A repository in ECR is private to its account; other registries are reached without credentials. */
  #grantPull(image: string): void {
    const ecr = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/([^:@]+)/.exec(image);
    if (!ecr) return;
    const [, account, region, repository] = ecr;
    this.executionRole.addToPolicy(
      new PolicyStatement({
        actions: ["ecr:GetAuthorizationToken"],
        resources: ["*"], // a token is for a registry, not for a repository: no resource-level permission
        separate: { id: "PullToken", name: "pull-token" },
      }),
    );
    this.executionRole.addToPolicy(
      new PolicyStatement({
        actions: ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
        resources: [`arn:${partition(this)}:ecr:${region}:${account}:repository/${repository}`],
        // A task of the revision before may have to start until the service has moved to another repository.
        separate: { id: "Pull", name: `pull-${hash(`${account}/${region}/${repository}`)}` },
      }),
    );
  }
}

/** Short, for a name: a repository's own may be longer than a policy's. */
function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
