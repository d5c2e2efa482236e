/** Answers for a data plane: ECS's tasks, events and deployments, the balancer's target health, the edge's address. */
import { HOME_REGION } from "../../../local/regions.ts";
import {
  type ApiResponse,
  type Call,
  isOk,
  json,
  jsonResponse,
  parameters,
  withBody,
  xmlResponse,
} from "../call.ts";
import type { Correction } from "../corrections/correction.ts";
import type { DataPlane, PlaneTask, StartDataPlane } from "./data-plane.ts";

/** Where the gateway tells where edge and balancer answer: a name in AWS's DNS leads nowhere on this machine. */
export const ADDRESSES_PATH = "/_catalog/addresses";

const ACCOUNT = "123456789012";

interface Service {
  serviceArn: string;
  serviceName: string;
  taskDefinition: string;
  desiredCount: number;
}

/** @param start what stands for a service's tasks */
export function dataPlaneCorrections(start: StartDataPlane): {
  corrections: Correction[];
  planes: ReadonlyMap<string, DataPlane>;
} {
  /** By the environment's suffix. */
  const planes = new Map<string, DataPlane>();
  const planeOf = (service: string | undefined) => planes.get(suffixOf(service ?? ""));

  const corrections: Correction[] = [
    {
      service: "ecs",
      operations: ["CreateService", "UpdateService", "DeleteService"],
      async answer(call, forward) {
        const answer = await forward();
        if (!isOk(answer)) return answer;
        const { service } = json<{ service: Service }>(answer);
        const suffix = suffixOf(service.serviceName);
        const plane = planes.get(suffix);
        if (call.operation === "DeleteService") {
          planes.delete(suffix);
          await plane?.stop();
          return answer;
        }
        const { taskDefinition, desiredCount: desired } = service;
        if (plane) plane.update({ taskDefinition, desired });
        else planes.set(suffix, start({ name: service.serviceName, suffix, taskDefinition, desired }));
        return withBody(answer, JSON.stringify({ service: described(service, planes.get(suffix)) }));
      },
    },
    {
      service: "ecs",
      operations: ["DescribeServices"],
      async answer(_, forward) {
        const answer = await forward();
        if (!isOk(answer)) return answer;
        const body = json<{ services: Service[] }>(answer);
        const services = body.services.map((each) => described(each, planeOf(each.serviceName)));
        return withBody(answer, JSON.stringify({ ...body, services }));
      },
    },
    ...oneOffTasks(),
    {
      service: "ecs",
      operations: ["ListTasks", "DescribeTasks", "StopTask"],
      answer: async (call, forward) => tasks(call, planes) ?? forward(),
    },
    {
      service: "ecs",
      operations: ["ListServiceDeployments", "DescribeServiceRevisions"],
      answer: async (call) => deployments(call, planes),
    },
    {
      service: "elasticloadbalancing",
      operations: ["DescribeTargetHealth"],
      async answer(call, forward) {
        const group = /targetgroup\/tg-api-\d+-([^/]+)\//.exec(parameters(call).get("TargetGroupArn") ?? "");
        const plane = planes.get(group?.[1] ?? "");
        return plane ? targetHealth(plane) : forward();
      },
    },
    {
      service: "",
      operations: new RegExp(`^GET ${ADDRESSES_PATH}$`),
      async answer(call) {
        const suffix = new URL(call.path, "http://gateway").searchParams.get("suffix") ?? "";
        const addresses = planes.get(suffix)?.addresses;
        return jsonResponse(addresses ?? {}, addresses ? 200 : 404);
      },
    },
  ];
  return { corrections, planes };
}

/** A task that no service runs ends at once, and well: what it would do is not done. */
function oneOffTasks(): Correction[] {
  const tasks = new Map<string, { taskArn: string; taskDefinitionArn: string; at: number }>();
  return [
    {
      service: "ecs",
      operations: ["RunTask"],
      async answer(call) {
        const { cluster = "", taskDefinition = "" } = json<{ cluster?: string; taskDefinition?: string }>(
          call,
        );
        const id = `once${tasks.size + 1}`;
        const taskArn = `arn:aws:ecs:${HOME_REGION}:${ACCOUNT}:task/${cluster}/${id}`;
        tasks.set(id, { taskArn, taskDefinitionArn: taskDefinition, at: Date.now() / 1000 });
        return jsonResponse({
          tasks: [{ taskArn, taskDefinitionArn: taskDefinition, lastStatus: "PENDING" }],
          failures: [],
        });
      },
    },
    {
      service: "ecs",
      operations: ["DescribeTasks"],
      async answer(call, forward) {
        const { tasks: asked = [] } = json<{ tasks?: string[] }>(call);
        const found = asked.map((arn) => tasks.get(arn.slice(arn.lastIndexOf("/") + 1)));
        if (!found.every((each) => each !== undefined) || found.length === 0) return forward();
        return jsonResponse({
          failures: [],
          tasks: found.map(({ at, ...task }) => ({
            ...task,
            lastStatus: "STOPPED",
            desiredStatus: "STOPPED",
            stopCode: "EssentialContainerExited",
            stoppedReason: "Essential container in task exited",
            stoppedAt: at,
            containers: [{ name: "restore", lastStatus: "STOPPED", exitCode: 0 }],
          })),
        });
      },
    },
  ];
}

/** `service-api-pr-42`, or the ARN that ends with it. */
const suffixOf = (service: string): string => /service-api-(.+)$/.exec(service)?.[1] ?? "";

function described(service: Service, plane: DataPlane | undefined): unknown {
  if (!plane) return service;
  const running = plane.tasks.filter(({ status }) => status === "RUNNING").length;
  const pending = plane.tasks.filter(({ status }) => status === "PENDING").length;
  const [newest, ...older] = plane.deployments;
  // A service that has settled shows one deployment; one that is rolling, its predecessor too.
  const shown = newest?.rollout === "COMPLETED" ? [newest] : [newest, ...older.slice(0, 1)];
  const at = (date: Date) => date.getTime() / 1000;
  return {
    ...service,
    taskDefinition: newest?.taskDefinition ?? service.taskDefinition,
    desiredCount: plane.desired,
    runningCount: running,
    pendingCount: pending,
    events: plane.events.map(({ at: time, message }, index) => ({
      id: String(plane.events.length - index),
      createdAt: at(time),
      message,
    })),
    deployments: shown
      .filter((each) => each !== undefined)
      .map((each, index) => ({
        ...(service as unknown as { deployments?: object[] }).deployments?.[0],
        id: `ecs-svc/${each.startedAt.getTime()}`,
        status: index === 0 ? "PRIMARY" : "ACTIVE",
        taskDefinition: each.taskDefinition,
        desiredCount: plane.desired,
        runningCount: plane.tasks.filter(
          ({ status, taskDefinition }) => status === "RUNNING" && taskDefinition === each.taskDefinition,
        ).length,
        failedTasks: each.failedTasks,
        rolloutState: each.rollout,
        rolloutStateReason: each.reason,
        createdAt: at(each.startedAt),
        updatedAt: at(each.startedAt),
      })),
  };
}

function tasks(call: Call, planes: ReadonlyMap<string, DataPlane>): ApiResponse | undefined {
  const input = json<{ cluster?: string; desiredStatus?: string; tasks?: string[]; task?: string }>(call);
  const suffix = /cluster-(.+)$/.exec(input.cluster ?? "")?.[1] ?? "";
  const plane = planes.get(suffix);
  if (!plane) return undefined;
  const cluster = `cluster-${suffix}`;
  const arn = ({ id }: PlaneTask) => `arn:aws:ecs:${HOME_REGION}:${ACCOUNT}:task/${cluster}/${id}`;
  if (call.operation === "ListTasks") {
    const stopped = input.desiredStatus === "STOPPED";
    const taskArns = plane.tasks.filter(({ status }) => (status === "STOPPED") === stopped).map(arn);
    return jsonResponse({ taskArns });
  }
  if (call.operation === "StopTask") return undefined;
  const asked = new Set(input.tasks?.map((task) => task.slice(task.lastIndexOf("/") + 1)));
  return jsonResponse({
    failures: [],
    tasks: plane.tasks
      .filter(({ id }) => asked.has(id))
      .map((task) => ({
        taskArn: arn(task),
        clusterArn: `arn:aws:ecs:${HOME_REGION}:${ACCOUNT}:cluster/${cluster}`,
        taskDefinitionArn: task.taskDefinition,
        availabilityZone: task.zone,
        capacityProviderName: task.capacityProvider,
        lastStatus: task.status,
        desiredStatus: task.status === "STOPPED" ? "STOPPED" : "RUNNING",
        startedAt: task.startedAt.getTime() / 1000,
        group: `service:service-api-${suffix}`,
        containers: [
          {
            name: "api",
            lastStatus: task.status,
            exitCode: task.stopped?.exitCode,
            reason: task.stopped?.containerReason,
          },
        ],
        ...(task.stopped && {
          stoppedAt: task.stopped.at.getTime() / 1000,
          stopCode: task.stopped.code,
          stoppedReason: task.stopped.reason,
        }),
      })),
  });
}

/** Which revisions reached a steady state: the way back for a rollback. */
function deployments(call: Call, planes: ReadonlyMap<string, DataPlane>): ApiResponse {
  if (call.operation === "DescribeServiceRevisions") {
    const { serviceRevisionArns } = json<{ serviceRevisionArns: string[] }>(call);
    const serviceRevisions = serviceRevisionArns.flatMap((arn) => {
      const [, suffix = "", at = ""] = /service-api-(.+)\/(\d+)$/.exec(arn) ?? [];
      const found = planes
        .get(suffix)
        ?.deployments.find(({ startedAt }) => startedAt.getTime() === Number(at));
      return found ? [{ serviceRevisionArn: arn, taskDefinition: found.taskDefinition }] : [];
    });
    return jsonResponse({ serviceRevisions, failures: [] });
  }
  const { service = "", status } = json<{ service?: string; status?: string[] }>(call);
  const suffix = suffixOf(service);
  const states = { COMPLETED: "SUCCESSFUL", IN_PROGRESS: "IN_PROGRESS", FAILED: "ROLLBACK_SUCCESSFUL" };
  const listed = (planes.get(suffix)?.deployments ?? []).map(({ rollout, startedAt }) => ({
    serviceDeploymentArn: `arn:aws:ecs:${HOME_REGION}:${ACCOUNT}:service-deployment/${startedAt.getTime()}`,
    status: states[rollout],
    targetServiceRevisionArn: `arn:aws:ecs:${HOME_REGION}:${ACCOUNT}:service-revision/cluster-${suffix}/service-api-${suffix}/${startedAt.getTime()}`,
    createdAt: startedAt.getTime() / 1000,
  }));
  return jsonResponse({
    serviceDeployments: listed.filter((each) => !status || status.includes(each.status)),
  });
}

function targetHealth(plane: DataPlane): ApiResponse {
  const members = plane.tasks
    .filter(({ status }) => status === "RUNNING")
    .map(({ address, health }) => {
      const [host, port] = address.split(":");
      return `<member><Target><Id>${host}</Id><Port>${port}</Port></Target><HealthCheckPort>${port}</HealthCheckPort><TargetHealth><State>${health}</State></TargetHealth></member>`;
    });
  return xmlResponse(
    `<DescribeTargetHealthResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><DescribeTargetHealthResult><TargetHealthDescriptions>${members.join("")}</TargetHealthDescriptions></DescribeTargetHealthResult></DescribeTargetHealthResponse>`,
  );
}
