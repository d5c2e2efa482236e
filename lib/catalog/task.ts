import type { Construct } from "constructs";
import { Duration } from "../aws/core/index.ts";
import type { Vpc } from "../aws/ec2/index.ts";
import * as ecs from "../aws/ecs/index.ts";
import type { LogGroup } from "../aws/logs/index.ts";
import type { Secret } from "../aws/secretsmanager/index.ts";
import type { Settings } from "../settings.ts";
import type { Database } from "./database.ts";

/** What the image listens on (brief). */
export const API_PORT = 3000;

/** "ECS tasks must have exactly 1 vCPU and 2GB memory allocated" (brief). */
const TASK_CPU = 1024;
const TASK_MEMORY_MIB = 2048;

export interface ApiTaskProps {
  readonly vpc: Vpc;
  readonly database: Database;
  readonly settings: Settings;
  /** What the API calls itself, in its log and its metrics. */
  readonly serviceName: string;
  readonly logGroup: LogGroup;
  readonly apiKeys: Secret;
  /** The version before, whose keys are valid until the next. */
  readonly apiKeysBefore?: Secret;
}

/** The task definition: the API, and `migrate`, which it waits for. */
export function apiTask(scope: Construct, props: ApiTaskProps): ecs.FargateTaskDefinition {
  const { vpc, database, settings } = props;
  const task = new ecs.FargateTaskDefinition(scope, "ApiTask", {
    cpu: TASK_CPU,
    memoryLimitMiB: TASK_MEMORY_MIB,
    cpuArchitecture: settings.cpuArchitecture,
  });
  const { cluster } = database;
  const image = settings.containerImage
    ? ecs.ContainerImage.fromRegistry(settings.containerImage)
    : ecs.ContainerImage.placeholder(
        "catalog-api.invalid/placeholder:latest",
        "CONTAINER_IMAGE is not set: build api/Dockerfile, push it to a registry, and set CONTAINER_IMAGE to its reference.",
      );
  const environment = {
    NODE_ENV: "production",
    SERVICE_NAME: props.serviceName,
    DB_HOST: cluster.clusterEndpoint,
    DB_READER_HOST: cluster.clusterReadEndpoint,
    DB_PORT: cluster.port,
    DB_NAME: cluster.defaultDatabaseName,
    DB_SSL: "verify",
  };
  const shared = {
    image,
    user: "10001:10001", // the image's own, said again where it can be audited
    // Fargate's maximum, and as long as Spot gives: requests in flight, or a migration, may finish.
    stopTimeout: Duration.seconds(120),
    logGroup: props.logGroup,
  };
  task.addContainer("api", {
    ...shared,
    dependsOn: [{ containerName: "migrate", condition: "SUCCESS" }],
    portMappings: [{ containerPort: API_PORT }],
    readonlyRootFilesystem: !settings.enableExecuteCommand,
    initProcessEnabled: settings.enableExecuteCommand,
    dropAllCapabilities: !settings.enableExecuteCommand,
    environment: {
      ...environment,
      PORT: String(API_PORT),
      LOG_LEVEL: settings.logLevel,
      // What is the API's own default stays unsaid: a task definition changes only where somebody asked for it.
      ...(settings.listCurrency && { LIST_CURRENCY: settings.listCurrency }),
      ...(settings.corsOrigins && { CORS_ORIGINS: settings.corsOrigins }),
      ...(settings.apiReference === "off" && { API_REFERENCE: settings.apiReference }),
      DB_USER: database.apiUser,
      DB_SCHEMA: "wait", // the container `migrate` sees to it
      // Where the load balancer stands: what it says of the client is believed, and nobody else is.
      TRUST_PROXY: vpc.publicSubnets.map((subnet) => subnet.cidrBlock).join(","),
    },
    secrets: {
      DB_PASSWORD: ecs.Secret.fromSecretsManager(database.apiPassword),
      API_KEYS: ecs.Secret.fromSecretsManager(props.apiKeys),
      ...(props.apiKeysBefore && { API_KEYS_BEFORE: ecs.Secret.fromSecretsManager(props.apiKeysBefore) }),
    },
  });
  // It alone has the owner's password: applies migrations, sees to the API's login, and ends before the API starts. No
  // startTimeout, which would end the task while a long migration runs: `migrate` gives up by itself where no database answers.
  task.addContainer("migrate", {
    ...shared,
    command: ["node", "src/setup/main.ts"],
    essential: false,
    readonlyRootFilesystem: true,
    dropAllCapabilities: true,
    environment: { ...environment, DB_USER: cluster.credentials.username, API_DB_USER: database.apiUser },
    secrets: {
      DB_PASSWORD: ecs.Secret.fromSecretsManager(database.ownerPassword),
      API_DB_PASSWORD: ecs.Secret.fromSecretsManager(database.apiPassword),
    },
  });
  return task;
}
