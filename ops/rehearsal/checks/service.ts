import assert from "node:assert/strict";
import {
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
} from "@aws-sdk/client-application-auto-scaling";
import {
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { DescribeDBClustersCommand } from "@aws-sdk/client-rds";
import { type Check, type CheckContext, only } from "./check.ts";

export async function describeService({ aws, outputs }: CheckContext) {
  const cluster = outputs["cluster-name"]!;
  const { services } = await aws.ecs.send(
    new DescribeServicesCommand({ cluster, services: [outputs["service-name"]!], include: ["TAGS"] }),
  );
  return only(services, "ECS service");
}

async function describeTask(context: CheckContext) {
  const { taskDefinition } = await describeService(context);
  const described = await context.aws.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
  const task = described.taskDefinition!;
  return {
    task,
    container: only(
      task.containerDefinitions?.filter(({ essential }) => essential),
      "essential container",
    ),
  };
}

export const service: Check[] = [
  {
    demand: "the service uses FARGATE_SPOT and no launch type",
    async run(context) {
      const { capacityProviderStrategy, launchType } = await describeService(context);
      assert.deepEqual(
        capacityProviderStrategy
          ?.filter(({ weight = 0 }) => weight > 0)
          .map(({ capacityProvider }) => capacityProvider),
        ["FARGATE_SPOT"],
      );
      assert.equal(launchType, undefined);
    },
  },
  {
    demand: "two tasks are wanted and running, and never fewer during a deployment",
    async run(context) {
      const { desiredCount, runningCount, deploymentConfiguration } = await describeService(context);
      assert.deepEqual([desiredCount, runningCount], [2, 2]);
      assert.equal(deploymentConfiguration?.minimumHealthyPercent, 100);
      assert.deepEqual(deploymentConfiguration?.deploymentCircuitBreaker, { enable: true, rollback: true });
    },
  },
  {
    demand: "tasks spread over the zones, carry the service's tags, and have no public address",
    async run(context) {
      const found = await describeService(context);
      assert.equal(found.availabilityZoneRebalancing, "ENABLED");
      assert.equal(found.propagateTags, "SERVICE");
      const network = found.networkConfiguration?.awsvpcConfiguration;
      assert.equal(network?.assignPublicIp, "DISABLED");
      assert.equal(network?.subnets?.length, 2);
    },
  },
  {
    demand: "a task has 1 vCPU and 2 GB",
    async run(context) {
      const { task } = await describeTask(context);
      assert.deepEqual([task.cpu, task.memory], ["1024", "2048"]);
    },
  },
  {
    demand:
      "the container is the given image, listens on 3000, is not root, and its root file system is read-only",
    async run(context) {
      const { container } = await describeTask(context);
      assert.equal(container.image, context.image);
      assert.deepEqual(
        container.portMappings?.map(({ containerPort }) => containerPort),
        [3000],
      );
      assert.match(container.user ?? "root", /^[1-9]\d*(:\d+)?$|^(?!root|0)\w+$/);
      assert.equal(container.readonlyRootFilesystem, true);
      assert.equal(container.stopTimeout, 120);
    },
  },
  {
    demand: "the task's environment leads to the database that exists",
    async run(context) {
      const { container } = await describeTask(context);
      const environment = Object.fromEntries(
        container.environment?.map(({ name, value }) => [name, value]) ?? [],
      );
      const { DBClusters } = await context.aws.rds.send(
        new DescribeDBClustersCommand({ DBClusterIdentifier: `aurora-${context.suffix}` }),
      );
      const database = only(DBClusters, "Aurora cluster");
      assert.equal(environment.DB_HOST, database.Endpoint);
      assert.equal(environment.DB_READER_HOST, database.ReaderEndpoint);
      assert.equal(environment.DB_PORT, String(database.Port));
      assert.equal(environment.DB_NAME, database.DatabaseName);
      assert.notEqual(environment.DB_USER, database.MasterUsername);
      assert.equal(environment.PORT, "3000");
    },
  },
  {
    demand: "password and write keys reach the task from Secrets Manager only",
    async run(context) {
      const { container } = await describeTask(context);
      const secrets = Object.fromEntries(
        container.secrets?.map(({ name, valueFrom }) => [name, valueFrom]) ?? [],
      );
      assert.ok(secrets.DB_PASSWORD?.startsWith(context.outputs["database-api-secret-arn"]!));
      assert.ok(secrets.API_KEYS?.startsWith(context.outputs["api-keys-secret-arn"]!));
      const names = container.environment?.map(({ name }) => name) ?? [];
      assert.ok(!names.includes("DB_PASSWORD") && !names.includes("API_KEYS"));
    },
  },
  {
    demand: "the container logs to the API's log group",
    async run(context) {
      const { container } = await describeTask(context);
      assert.equal(container.logConfiguration?.logDriver, "awslogs");
      assert.equal(container.logConfiguration?.options?.["awslogs-group"], context.outputs["api-log-group"]);
    },
  },
  {
    demand: "the cluster has Container Insights",
    async run({ aws, outputs }) {
      const { clusters } = await aws.ecs.send(
        new DescribeClustersCommand({ clusters: [outputs["cluster-name"]!], include: ["SETTINGS"] }),
      );
      const { settings } = only(clusters, "ECS cluster");
      const insights = settings?.find(({ name }) => name === "containerInsights")?.value;
      assert.match(insights ?? "none", /^(enabled|enhanced)$/);
    },
  },
  {
    demand: "tasks scale from 2 to 10",
    async run(context) {
      const target = await scalableTarget(context);
      assert.deepEqual([target.MinCapacity, target.MaxCapacity], [2, 10]);
    },
  },
  {
    demand: "scaling follows CPU at 60 %, out after 60 s, in after 300 s",
    async run(context) {
      const { ScalingPolicies } = await context.aws.applicationAutoScaling.send(
        new DescribeScalingPoliciesCommand({ ServiceNamespace: "ecs", ResourceId: resourceId(context) }),
      );
      const policy = only(ScalingPolicies, "scaling policy").TargetTrackingScalingPolicyConfiguration;
      assert.equal(
        policy?.PredefinedMetricSpecification?.PredefinedMetricType,
        "ECSServiceAverageCPUUtilization",
      );
      assert.deepEqual(
        [policy?.TargetValue, policy?.ScaleOutCooldown, policy?.ScaleInCooldown],
        [60, 60, 300],
      );
    },
  },
];

const resourceId = ({ outputs }: CheckContext): string =>
  `service/${outputs["cluster-name"]}/${outputs["service-name"]}`;

async function scalableTarget(context: CheckContext) {
  const { ScalableTargets } = await context.aws.applicationAutoScaling.send(
    new DescribeScalableTargetsCommand({ ServiceNamespace: "ecs", ResourceIds: [resourceId(context)] }),
  );
  return only(ScalableTargets, "scalable target");
}
