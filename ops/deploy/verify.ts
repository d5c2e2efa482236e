/** Whether what was deployed is what runs, and works: asked of AWS and of the addresses that customers use. */
import { setTimeout as delay } from "node:timers/promises";
import { paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Aws } from "../aws.ts";
import { all } from "../inventory/item.ts";
import { describeService, primary, type ServiceName } from "./ecs.ts";

export interface VerifyOptions {
  readonly aws: Aws;
  readonly name: ServiceName;
  /** ARN of the planned revision. */
  readonly taskDefinition: string;
  /** Where customers come in, and the balancer behind; undefined where nothing answers (a local API without a data plane). */
  readonly addresses: { readonly edge: string; readonly balancer: string } | undefined;
  /** Told what is waited for. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** How long the edge and the targets may take. @default 5 minutes */
  readonly timeoutMs?: number;
  /** @default 5 s */
  readonly everyMs?: number;
}

export interface Verification {
  readonly what: string;
  readonly holds: boolean;
  readonly seen: string;
}

/** Waits for each in turn, and tells how it ended. */
export async function verify(options: VerifyOptions): Promise<Verification[]> {
  const checks: [what: string, check: () => Promise<Seen>][] = [
    ["the service runs the planned task definition", () => runsAsPlanned(options)],
    ["as many targets as wanted are healthy", () => targetsAreHealthy(options)],
    ["the balancer refuses what does not come from the edge", () => balancerRefuses(options)],
    ["the edge answers /health", () => edgeAnswers(options, "/health")],
    ["the edge answers a list", () => edgeAnswers(options, "/v1/products?limit=1")],
    ["no alarm is on", () => alarmsAreQuiet(options)],
  ];
  const results: Verification[] = [];
  for (const [what, check] of checks) results.push({ what, ...(await until(what, check, options)) });
  return results;
}

interface Seen {
  readonly holds: boolean;
  readonly seen: string;
}

async function until(
  what: string,
  check: () => Promise<Seen>,
  { timeoutMs = 300_000, everyMs = 5_000, say, signal }: VerifyOptions,
): Promise<Seen> {
  const attempts = Math.max(1, Math.ceil(timeoutMs / everyMs));
  let last: Seen = { holds: false, seen: "not asked" };
  for (let attempt = 0; attempt < attempts; attempt++) {
    const before = last.seen;
    try {
      last = await check();
    } catch (error) {
      last = { holds: false, seen: (error as Error).message };
    }
    if (last.holds || signal.aborted) return last;
    if (last.seen !== before) say(`  waiting until ${what}: ${last.seen}`);
    if (attempt < attempts - 1) await delay(everyMs, undefined, { signal });
  }
  return last;
}

const revision = (arn: string | undefined) => arn?.slice(arn.lastIndexOf("/") + 1) ?? "none";

async function runsAsPlanned({ aws, name, taskDefinition }: VerifyOptions): Promise<Seen> {
  const service = await describeService(aws, name);
  const deployment = primary(service);
  const running = deployment?.taskDefinition;
  const rollout = deployment?.rolloutState ?? "unknown";
  const why = deployment?.rolloutStateReason ? `: ${deployment.rolloutStateReason}` : "";
  if (running !== taskDefinition)
    return {
      holds: false,
      seen: `${revision(running)} runs, ${revision(taskDefinition)} was planned: ECS rolled it back${why}`,
    };
  return {
    holds: rollout === "COMPLETED",
    seen: `${revision(running)}, ${rollout}${rollout === "COMPLETED" ? "" : why}`,
  };
}

async function balancerOf({ aws, name }: VerifyOptions): Promise<string> {
  const { LoadBalancers = [] } = await aws.loadBalancing.send(
    new DescribeLoadBalancersCommand({ Names: [name.balancer] }),
  );
  return LoadBalancers[0]?.LoadBalancerArn ?? "";
}

async function targetsAreHealthy(options: VerifyOptions): Promise<Seen> {
  const { aws, name } = options;
  const LoadBalancerArn = await balancerOf(options);
  const { TargetGroups = [] } = await aws.loadBalancing.send(
    new DescribeTargetGroupsCommand({ LoadBalancerArn }),
  );
  const { TargetHealthDescriptions: targets = [] } = await aws.loadBalancing.send(
    new DescribeTargetHealthCommand({ TargetGroupArn: TargetGroups[0]?.TargetGroupArn }),
  );
  const wanted = (await describeService(aws, name))?.desiredCount ?? 0;
  const healthy = targets.filter(({ TargetHealth }) => TargetHealth?.State === "healthy").length;
  const others = targets
    .filter(({ TargetHealth }) => TargetHealth?.State !== "healthy")
    .map(
      ({ TargetHealth }) =>
        `${TargetHealth?.State} (${TargetHealth?.Description ?? TargetHealth?.Reason ?? "no reason"})`,
    );
  return {
    holds: wanted > 0 && healthy >= wanted,
    seen: [`${healthy} of ${wanted} healthy`, ...others].join(", "),
  };
}

/**
 * From outside of CloudFront a balancer in AWS does not answer at all, which proves nothing about its rule: so the rule
 * itself is asked for, and what answers, if anything does, has to be a 403.
 */
async function balancerRefuses(options: VerifyOptions): Promise<Seen> {
  const { aws, addresses, signal } = options;
  const LoadBalancerArn = await balancerOf(options);
  const { Listeners = [] } = await aws.loadBalancing.send(new DescribeListenersCommand({ LoadBalancerArn }));
  const refused = Listeners.every(
    ({ DefaultActions }) => DefaultActions?.[0]?.FixedResponseConfig?.StatusCode === "403",
  );
  if (Listeners.length === 0 || !refused)
    return { holds: false, seen: "a listener's default action is not 403" };
  if (!addresses) return { holds: true, seen: "by its default action" };
  const status = await statusOf(`${addresses.balancer}/health`, signal);
  if (status === undefined)
    return { holds: true, seen: "by its default action; from here it does not answer at all" };
  return { holds: status === 403, seen: `it answers ${status} without the header` };
}

async function edgeAnswers({ addresses, signal }: VerifyOptions, path: string): Promise<Seen> {
  if (!addresses) return { holds: true, seen: "not asked: nothing runs behind this API" };
  const status = await statusOf(addresses.edge + path, signal);
  return { holds: status === 200, seen: status === undefined ? "no answer" : String(status) };
}

async function statusOf(url: string, signal: AbortSignal): Promise<number | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]) });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return undefined;
  }
}

async function alarmsAreQuiet({ aws, name }: VerifyOptions): Promise<Seen> {
  const asked = { AlarmNames: [...name.alarms] };
  const found = await Promise.all(
    [aws.cloudWatch, aws.edgeCloudWatch].map((client) =>
      all(paginateDescribeAlarms({ client }, asked), (page) => page.MetricAlarms),
    ),
  );
  const on = found
    .flat()
    .filter(({ StateValue }) => StateValue === "ALARM")
    .map(({ AlarmName, StateReason }) => `${AlarmName}: ${StateReason ?? "no reason"}`);
  return { holds: on.length === 0, seen: on.length === 0 ? "all quiet" : on.join("; ") };
}
