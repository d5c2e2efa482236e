import type { Construct } from "constructs";
import { type Duration, Stack, ValidationError } from "../core/index.ts";
import type { LogGroup } from "../logs/index.ts";
import type { Secret as ManagedSecret } from "../secretsmanager/index.ts";
import type { ContainerImage } from "./container-image.ts";

/** A value that ECS puts into the container's environment when the task starts. */
export class Secret {
  /** The whole value of a Secrets Manager secret. */
  static fromSecretsManager(secret: ManagedSecret): Secret {
    return new Secret(secret);
  }

  readonly secret: ManagedSecret;

  private constructor(secret: ManagedSecret) {
    this.secret = secret;
  }
}

export interface PortMapping {
  /** Port that the container listens on, and in `awsvpc` mode the port of the task. */
  readonly containerPort: number;
}

/** Another container of the task that this one waits for. */
export interface ContainerDependency {
  readonly containerName: string;
  /**
   * `SUCCESS`: it has ended with exit code 0; it cannot be essential then.
   * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html
   */
  readonly condition: "START" | "COMPLETE" | "SUCCESS" | "HEALTHY";
}

export interface ContainerDefinitionOptions {
  readonly image: ContainerImage;
  /** @default - the image's */
  readonly command?: string[];
  /**
   * Whether the task ends when this container does.
   * @default true
   */
  readonly essential?: boolean;
  /** @default - it starts at once */
  readonly dependsOn?: ContainerDependency[];
  /** @default - it listens nowhere */
  readonly portMappings?: PortMapping[];
  /** Plain settings; anybody who may describe the task definition can read them. */
  readonly environment: Record<string, string>;
  /** Settings that only the running container sees. */
  readonly secrets: Record<string, Secret>;
  readonly logGroup: LogGroup;
  /**
   * User, and group after a colon, that the process runs as; numeric.
   * @default - the image's
   */
  readonly user?: string;
  /** @default false */
  readonly readonlyRootFilesystem?: boolean;
  /**
   * Time between SIGTERM and SIGKILL, at most 120 s on Fargate.
   * @default Duration.seconds(30)
   */
  readonly stopTimeout?: Duration;
  /**
   * Runs an init process that reaps zombies, as ECS Exec needs.
   * @default false
   */
  readonly initProcessEnabled?: boolean;
  /**
   * Takes all Linux capabilities from the container. Not together with ECS Exec, whose agent runs as root in it.
   * @default false
   */
  readonly dropAllCapabilities?: boolean;
}

/**
 * The JSON of a container in a task definition.
 *
 * @throws ValidationError for a stopTimeout that Fargate does not allow, or a name that is setting and secret at once
 */
export function renderContainerDefinition(
  scope: Construct,
  name: string,
  options: ContainerDefinitionOptions,
): object {
  const stopTimeout = options.stopTimeout?.toSeconds();
  if (stopTimeout !== undefined && (stopTimeout < 2 || stopTimeout > 120)) {
    throw new ValidationError(
      scope,
      `stopTimeout of ${stopTimeout} s is not possible on Fargate: use 2 to 120.`,
    );
  }
  const twice = Object.keys(options.secrets).find((key) => key in options.environment);
  if (twice) throw new ValidationError(scope, `'${twice}' is in environment and in secrets: keep one.`);
  return {
    name,
    image: options.image.reference,
    ...(options.command && { command: options.command }),
    essential: options.essential ?? true,
    ...(options.dependsOn && { dependsOn: options.dependsOn }),
    portMappings: (options.portMappings ?? []).map(({ containerPort }) => ({
      containerPort,
      hostPort: containerPort, // always equal in awsvpc mode; ECS fills it in, and would show it as a change
      protocol: "tcp",
    })),
    environment: Object.entries(options.environment)
      .map(([key, value]) => ({ name: key, value }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    secrets: Object.entries(options.secrets)
      .map(([key, { secret }]) => ({ name: key, valueFrom: secret.secretArn }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    ...(options.user && { user: options.user }),
    readonlyRootFilesystem: options.readonlyRootFilesystem ?? false,
    ...(stopTimeout !== undefined && { stopTimeout }),
    ...linuxParameters(options),
    logConfiguration: {
      logDriver: "awslogs",
      options: {
        "awslogs-group": options.logGroup.logGroupName,
        "awslogs-region": Stack.of(scope).region,
        "awslogs-stream-prefix": name,
        // A slow CloudWatch must not stop the API: with the blocking mode a full buffer blocks stdout.
        mode: "non-blocking",
        "max-buffer-size": "25m",
      },
    },
  };
}

function linuxParameters({ initProcessEnabled, dropAllCapabilities }: ContainerDefinitionOptions): object {
  if (!initProcessEnabled && !dropAllCapabilities) return {};
  return {
    linuxParameters: {
      ...(initProcessEnabled && { initProcessEnabled }),
      ...(dropAllCapabilities && { capabilities: { drop: ["ALL"] } }),
    },
  };
}
