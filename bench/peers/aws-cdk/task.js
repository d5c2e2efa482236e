const { Duration, Size } = require("aws-cdk-lib/core");
const ecs = require("aws-cdk-lib/aws-ecs");

/** lib/catalog/task.ts, in aws-cdk-lib. */
function makeTask(stack, database, apiKeys, logGroup) {
  const task = new ecs.FargateTaskDefinition(stack, "ApiTask", {
    family: stack.name("task-api"),
    cpu: 1024,
    memoryLimitMiB: 2048,
    runtimePlatform: {
      cpuArchitecture: ecs.CpuArchitecture.X86_64,
      operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
    },
  });
  const { cluster, ownerPassword, apiPassword } = database;
  const shared = {
    image: ecs.ContainerImage.fromRegistry("catalog-api.invalid/placeholder:latest"),
    user: "10001:10001",
    readonlyRootFilesystem: true,
    stopTimeout: Duration.seconds(120),
  };
  const logging = (streamPrefix) =>
    ecs.LogDrivers.awsLogs({
      logGroup,
      streamPrefix,
      mode: ecs.AwsLogDriverMode.NON_BLOCKING,
      maxBufferSize: Size.mebibytes(25),
    });
  const withoutCapabilities = (id) => {
    const linuxParameters = new ecs.LinuxParameters(stack, id);
    linuxParameters.dropCapabilities(ecs.Capability.ALL);
    return linuxParameters;
  };
  const environment = {
    NODE_ENV: "production",
    SERVICE_NAME: stack.name("catalog-api"),
    DB_HOST: cluster.clusterEndpoint.hostname,
    DB_READER_HOST: cluster.clusterReadEndpoint.hostname,
    DB_PORT: "5432",
    DB_NAME: "catalog",
    DB_SSL: "verify",
  };
  const api = task.addContainer("api", {
    ...shared,
    portMappings: [{ containerPort: 3000 }],
    linuxParameters: withoutCapabilities("ApiLinux"),
    logging: logging("api"),
    environment: {
      ...environment,
      PORT: "3000",
      LOG_LEVEL: "info",
      DB_USER: "catalog_api_v1",
      DB_SCHEMA: "wait",
      TRUST_PROXY: "10.0.0.0/20,10.0.16.0/20",
    },
    secrets: {
      DB_PASSWORD: ecs.Secret.fromSecretsManager(apiPassword),
      API_KEYS: ecs.Secret.fromSecretsManager(apiKeys),
    },
  });
  const migrate = task.addContainer("migrate", {
    ...shared,
    command: ["node", "src/setup/main.ts"],
    essential: false,
    linuxParameters: withoutCapabilities("MigrateLinux"),
    logging: logging("migrate"),
    environment: { ...environment, DB_USER: "catalog", API_DB_USER: "catalog_api_v1" },
    secrets: {
      DB_PASSWORD: ecs.Secret.fromSecretsManager(ownerPassword),
      API_DB_PASSWORD: ecs.Secret.fromSecretsManager(apiPassword),
    },
  });
  api.addContainerDependencies({
    container: migrate,
    condition: ecs.ContainerDependencyCondition.SUCCESS,
  });
  return task;
}

module.exports = { makeTask };
