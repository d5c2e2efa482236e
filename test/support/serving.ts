import type { Stack } from "../../lib/aws/core/index.ts";
import * as ec2 from "../../lib/aws/ec2/index.ts";
import * as ecs from "../../lib/aws/ecs/index.ts";
import * as elbv2 from "../../lib/aws/elbv2/index.ts";
import * as logs from "../../lib/aws/logs/index.ts";
import * as secretsmanager from "../../lib/aws/secretsmanager/index.ts";
import { templateOf } from "./template.ts";

export interface ServingOverrides {
  readonly task?: Partial<ecs.FargateTaskDefinitionProps>;
  readonly container?: Partial<ecs.ContainerDefinitionOptions>;
  readonly service?: Partial<ecs.FargateServiceProps>;
  /** Further containers, by name. */
  readonly more?: Record<string, Partial<ecs.ContainerDefinitionOptions>> | undefined;
  readonly healthCheck?: Partial<elbv2.HealthCheck>;
  readonly certificateArn?: string;
  readonly extend?: (parts: {
    stack: Stack;
    service: ecs.FargateService;
    listener: elbv2.ApplicationListener;
  }) => void;
}

/** A service behind a balancer, in the smallest form that is whole. */
export function serving({
  task,
  container,
  more,
  service,
  healthCheck,
  certificateArn,
  extend,
}: ServingOverrides = {}) {
  return templateOf((stack) => {
    const vpc = new ec2.Vpc(stack, "Vpc", { availabilityZones: ["eu-north-1a", "eu-north-1b"] });
    const targetGroup = new elbv2.ApplicationTargetGroup(stack, "Api", {
      vpc,
      port: 3000,
      healthCheck: { path: "/health", ...healthCheck },
    });
    const listener = new elbv2.ApplicationLoadBalancer(stack, "Alb", { vpc }).addListener("Listener", {
      certificateArn,
      defaultAction: { statusCode: 403, contentType: "text/plain", messageBody: "no" },
    });
    listener.addTargetGroups("Rule", {
      priority: 1,
      conditions: [elbv2.ListenerCondition.httpHeader("x-a", ["b"])],
      targetGroups: [targetGroup],
    });
    const secret = new secretsmanager.Secret(stack, "Secret", { resourceType: "s", description: "d" });
    const taskDefinition = new ecs.FargateTaskDefinition(stack, "ApiTask", {
      cpu: 1024,
      memoryLimitMiB: 2048,
      ...task,
    });
    const plain = {
      image: ecs.ContainerImage.fromRegistry("registry.example/api:1"),
      environment: {},
      secrets: {},
      logGroup: new logs.LogGroup(stack, "Log", { logGroupName: "/l-test" }),
    };
    taskDefinition.addContainer("api", {
      ...plain,
      portMappings: [{ containerPort: 3000 }],
      environment: { B: "2", A: "1" },
      secrets: { PASSWORD: ecs.Secret.fromSecretsManager(secret) },
      ...container,
    });
    for (const [name, options] of Object.entries(more ?? {}))
      taskDefinition.addContainer(name, { ...plain, ...options });
    const fargate = new ecs.FargateService(stack, "ApiService", {
      cluster: new ecs.Cluster(stack, "Cluster"),
      taskDefinition,
      vpc,
      desiredCount: 2,
      capacityProviderStrategies: [{ capacityProvider: "FARGATE_SPOT", weight: 1 }],
      targetGroup,
      listener,
      ...service,
    });
    extend?.({ stack, service: fargate, listener });
  });
}
