/** ECS (awsJson): a service as AWS describes it. */
import { isOk, json, withBody } from "../call.ts";
import type { Correction } from "./correction.ts";

/** What moto does not store of a service, as it was sent. */
interface Sent {
  capacityProviderStrategy?: { capacityProvider: string; weight?: number; base?: number }[];
  deploymentConfiguration?: Record<string, unknown>;
  healthCheckGracePeriodSeconds?: number;
  availabilityZoneRebalancing?: string;
  enableECSManagedTags?: boolean;
  enableExecuteCommand?: boolean;
  platformVersion?: string;
}

interface Service extends Sent {
  serviceArn: string;
  status: string;
  taskDefinition: string;
  desiredCount: number;
  runningCount: number;
  pendingCount: number;
  launchType?: string;
  platformFamily?: string;
  deployments?: Record<string, unknown>[];
}

const KEPT = [
  "deploymentConfiguration",
  "healthCheckGracePeriodSeconds",
  "availabilityZoneRebalancing",
  "enableECSManagedTags",
  "enableExecuteCommand",
  "platformVersion",
] as const;

export function ecs(): Correction[] {
  const sent = new Map<string, Sent>();
  const deleted = new Set<string>();

  /** moto drops these settings; without them every plan would replace the service. */
  const complete = (described: Service): Service => {
    const asSent = sent.get(described.serviceArn);
    if (!asSent || described.status === "INACTIVE") return described;
    // moto runs as many tasks of every service; one that wants none would never be steady.
    const service = { ...described, runningCount: described.desiredCount, pendingCount: 0 };
    const { launchType: _, ...rest } = service;
    const strategy = asSent.capacityProviderStrategy?.map((item) => ({ base: 0, weight: 0, ...item }));
    return {
      ...rest,
      ...Object.fromEntries(KEPT.filter((key) => asSent[key] !== undefined).map((key) => [key, asSent[key]])),
      // AWS infers the launch type from the capacity provider, and reports one or the other.
      ...(strategy ? { capacityProviderStrategy: strategy } : { launchType: service.launchType }),
      platformFamily: "Linux",
      // moto starts no new deployment on an update. The emulator has no tasks to wait for, so the new one is complete at once.
      deployments: service.deployments?.map((deployment) => ({
        ...deployment,
        ...(strategy && { capacityProviderStrategy: strategy, launchType: undefined }),
        taskDefinition: service.taskDefinition,
        desiredCount: service.desiredCount,
        runningCount: service.runningCount,
        pendingCount: 0,
        rolloutState: "COMPLETED",
      })),
    };
  };

  return [
    {
      service: "ecs",
      operations: ["CreateService", "UpdateService"],
      async answer(call, forward) {
        const answer = await forward();
        if (!isOk(answer)) return answer;
        const { service } = json<{ service: Service }>(answer);
        deleted.delete(service.serviceArn);
        const [before, now] = [sent.get(service.serviceArn), json<Sent>(call)];
        // An update names what changes of the deployment's configuration; the rest stays.
        const deploymentConfiguration = {
          ...before?.deploymentConfiguration,
          ...now.deploymentConfiguration,
        };
        sent.set(service.serviceArn, { ...before, ...now, deploymentConfiguration });
        return withBody(answer, JSON.stringify({ service: complete(service) }));
      },
    },
    {
      service: "ecs",
      operations: ["DescribeServices"],
      async answer(_, forward) {
        const answer = await forward();
        if (!isOk(answer)) return answer;
        const described = json<{ services: Service[] }>(answer);
        return withBody(answer, JSON.stringify({ ...described, services: described.services.map(complete) }));
      },
    },
    // What was deleted stays visible as INACTIVE to whoever asks for it by name, in moto as in AWS; AWS lists it no more.
    {
      service: "ecs",
      operations: ["CreateCluster", "DeleteCluster", "DeleteService"],
      async answer(call, forward) {
        const answer = await forward();
        const { cluster, service } = json<{ cluster?: { clusterArn: string }; service?: Service }>(answer);
        const arn = service?.serviceArn ?? cluster?.clusterArn;
        if (isOk(answer) && arn) {
          if (call.operation === "CreateCluster") deleted.delete(arn);
          else deleted.add(arn);
        }
        return answer;
      },
    },
    {
      service: "ecs",
      operations: ["ListClusters", "ListServices"],
      async answer(_, forward) {
        const answer = await forward();
        const listed = Object.entries(json<Record<string, unknown>>(answer)).map(([key, value]) => [
          key,
          Array.isArray(value) ? value.filter((arn) => !deleted.has(arn)) : value,
        ]);
        return withBody(answer, JSON.stringify(Object.fromEntries(listed)));
      },
    },
  ];
}
