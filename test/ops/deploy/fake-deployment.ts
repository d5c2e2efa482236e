/** A deployment without AWS and without Terraform: what each answers is written down, and the rest is the real code. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Service, Task } from "@aws-sdk/client-ecs";
import { synthesise } from "../../../local/synthesise.ts";
import type { JsonObject } from "../../../local/terraform-json/index.ts";
import type { Session } from "../../../ops/environment/session.ts";
import { type Diagnostic, TerraformFailed } from "../../../ops/terraform.ts";
import { type Answers, fakeAws } from "../support/fake-aws.ts";
import { planOf } from "../support/plan-draft.ts";

export const PLANNED = "arn:aws:ecs:eu-north-1:1:task-definition/task-api-dev:2";
export const BEFORE = "arn:aws:ecs:eu-north-1:1:task-definition/task-api-dev:1";

/** What happens, and how AWS tells of it. Each function is asked anew at each look. */
export interface Scenario {
  /** How Terraform's plan and apply end. */
  readonly planFails?: readonly Diagnostic[];
  readonly applyFails?: readonly Diagnostic[];
  /** Looks at ECS until the apply ends; `never` until it is interrupted. @default 3 */
  readonly applyLooks?: number | "never";
  readonly changes?: readonly { type: string; actions: string[] }[];
  /** The service at a look, from 0. */
  readonly service?: (look: number) => Partial<Service>;
  readonly stopped?: (look: number) => Partial<Task>[];
  readonly log?: readonly string[];
  readonly targets?: (look: number) => readonly string[];
  readonly alarm?: string;
  readonly defaultAction?: string;
  /** Status codes: edge's by path, the balancer's. */
  readonly edge?: (path: string, request: number) => number;
  readonly balancer?: number;
}

export const settled = (taskDefinition = PLANNED, running = 2): Partial<Service> => ({
  deployments: [
    {
      status: "PRIMARY",
      rolloutState: "COMPLETED",
      taskDefinition,
      runningCount: running,
      desiredCount: 2,
      failedTasks: 0,
    },
  ],
});

export const starting = (failedTasks = 0, events: string[] = []): Partial<Service> => ({
  events: events.map((message, index) => ({
    id: String(index),
    message: `(service service-api-dev) ${message}`,
    createdAt: new Date(Date.now() + 1000),
  })),
  deployments: [
    {
      status: "PRIMARY",
      rolloutState: "IN_PROGRESS",
      taskDefinition: PLANNED,
      runningCount: 0,
      desiredCount: 2,
      failedTasks,
    },
  ],
});

export const stopped = (
  stopCode: string,
  stoppedReason: string,
  container: { exitCode?: number; reason?: string } = {},
): Partial<Task> => ({
  taskArn: `arn:aws:ecs:eu-north-1:1:task/cluster-dev/${stopCode}`,
  taskDefinitionArn: PLANNED,
  stopCode: stopCode as Task["stopCode"] & string,
  stoppedReason,
  stoppedAt: new Date(Date.now() + 1000),
  containers: [{ name: "api", ...container }],
});

export interface FakeDeployment extends AsyncDisposable {
  readonly session: Session;
  readonly said: string[];
  /** A clock that only looking at ECS moves: by 2 ms a look. */
  readonly now: () => number;
  /** Whether the plan still lies in the folder. */
  planIsThere(): boolean;
  /** Whether Terraform was told to stop. */
  interrupted(): boolean;
}

let stack: JsonObject | undefined;

export async function fakeDeployment(
  scenario: Scenario,
  signal = new AbortController().signal,
): Promise<FakeDeployment> {
  stack ??= await synthesise({
    ENVIRONMENT_SUFFIX: "dev",
    CONTAINER_IMAGE: "registry.example/catalog-api:2",
  });
  const [edge, balancer] = await Promise.all([
    listen((path, count) => scenario.edge?.(path, count) ?? 200),
    listen(() => scenario.balancer ?? 403),
  ]);
  const gateway = await listen(() => 200, JSON.stringify({ edge: urlOf(edge), balancer: urlOf(balancer) }));
  const said: string[] = [];
  let planned = false;
  const interruption = Promise.withResolvers<void>();
  let interrupted = false;
  const aws = awsOf(scenario);
  const plan = planFor(stack, scenario);
  const terraform = {
    async plan() {
      if (scenario.planFails) throw new TerraformFailed("plan", scenario.planFails);
      planned = true;
      return true;
    },
    async show(file?: string) {
      return JSON.stringify(file ? plan : STATE);
    },
    async tryApply() {
      if (scenario.applyLooks === "never") await interruption.promise;
      else await aws.looks(scenario.applyLooks ?? 3, interruption.promise);
      const errors =
        scenario.applyFails ??
        (interrupted ? [{ severity: "error" as const, summary: "operation canceled", detail: "" }] : []);
      return { exitCode: errors.length > 0 ? 1 : 0, errors, applied: [] };
    },
    interrupt() {
      interrupted = true;
      interruption.resolve();
    },
  };
  const session = {
    settings: {
      file: "dev.env",
      suffix: "dev",
      values: {},
      ignored: [],
      environment: { AWS_ENDPOINT_URL: urlOf(gateway) },
    },
    aws: aws.clients,
    signal,
    onTerraform: undefined,
    say: (line: string) => void said.push(line),
    workspace: {
      folder: "/nowhere",
      planFile: "/nowhere/stack.tfplan",
      file: (name: string) => `/nowhere/${name}`,
      synthesise: async () => stack,
      init: async () => undefined,
      async discardPlan() {
        planned = false;
      },
      terraform,
    },
  } as unknown as Session;
  return {
    session,
    said,
    now: aws.now,
    planIsThere: () => planned,
    interrupted: () => interrupted,
    async [Symbol.asyncDispose]() {
      for (const server of [edge, balancer, gateway]) server.close();
    },
  };
}

const STATE = {
  values: {
    outputs: { "cloudfront-url": { value: "https://edge.example" } },
    root_module: {
      resources: [
        {
          type: "aws_ecs_task_definition",
          mode: "managed",
          values: { family: "task-api-dev", arn: PLANNED },
        },
      ],
    },
  },
};

/** A plan of the stack as it stands, with the scenario's changes. */
function planFor(stack: JsonObject, { changes }: Scenario) {
  const plan = planOf(stack);
  for (const { change } of plan.resource_changes) {
    change.actions = ["no-op"];
    change.before = change.after;
  }
  for (const { type, actions } of changes ?? [
    { type: "aws_ecs_task_definition", actions: ["delete", "create"] },
  ]) {
    const found = plan.resource_changes.find((each: { type: string }) => each.type === type);
    if (found) found.change.actions = actions;
    else
      plan.resource_changes.push({
        address: `${type}.Gone`,
        mode: "managed",
        type,
        change: { actions, before: { name: "gone" }, after: null },
      });
  }
  return { ...plan, planned_values: { root_module: {} }, configuration: { root_module: {} } };
}

function awsOf(scenario: Scenario) {
  let look = 0;
  const waiting: { after: number; resolve: () => void }[] = [];
  const answers: Answers = {
    DescribeServicesCommand: () => {
      const at = look++;
      for (const each of waiting.filter(({ after }) => look >= after)) each.resolve();
      const service = { status: "ACTIVE", serviceName: "service-api-dev", desiredCount: 2, runningCount: 2 };
      return { services: [{ ...service, ...(scenario.service?.(at) ?? settled()) }] };
    },
    ListTasksCommand: ({ desiredStatus }) => ({
      taskArns:
        desiredStatus === "STOPPED" ? (scenario.stopped?.(look) ?? []).map(({ taskArn }) => taskArn) : [],
    }),
    DescribeTasksCommand: () => ({ tasks: scenario.stopped?.(look) ?? [] }),
    DescribeLogStreamsCommand: () => ({
      logStreams: (scenario.stopped?.(look) ?? []).map(({ taskArn = "" }) => ({
        logStreamName: `api/api/${taskArn.slice(taskArn.lastIndexOf("/") + 1)}`,
      })),
    }),
    GetLogEventsCommand: () => ({ events: scenario.log?.map((message) => ({ message })) ?? [] }),
    DescribeLoadBalancersCommand: () => ({ LoadBalancers: [{ LoadBalancerArn: "arn:balancer" }] }),
    DescribeTargetGroupsCommand: () => ({ TargetGroups: [{ TargetGroupArn: "arn:group" }] }),
    DescribeListenersCommand: () => ({
      Listeners: [
        {
          DefaultActions: [
            { Type: "fixed-response", FixedResponseConfig: { StatusCode: scenario.defaultAction ?? "403" } },
          ],
        },
      ],
    }),
    DescribeTargetHealthCommand: () => ({
      TargetHealthDescriptions: (scenario.targets?.(look) ?? ["healthy", "healthy"]).map((State) => ({
        TargetHealth: {
          State,
          Description: State === "healthy" ? undefined : "Health checks failed with these codes: [503]",
        },
      })),
    }),
    DescribeAlarmsCommand: () => ({
      MetricAlarms: scenario.alarm
        ? [{ AlarmName: scenario.alarm, StateValue: "ALARM", StateReason: "over the threshold" }]
        : [],
    }),
  };
  const began = Date.now();
  return {
    clients: fakeAws(answers),
    now: () => began + look * 2,
    looks(count: number, interrupted: Promise<void>): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>();
      if (count === 0) resolve();
      waiting.push({ after: look + count, resolve });
      return Promise.race([promise, interrupted]);
    },
  };
}

async function listen(status: (path: string, count: number) => number, body = "{}"): Promise<Server> {
  let count = 0;
  const server = createServer((request, response) => {
    response.writeHead(status(request.url ?? "", count++));
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
