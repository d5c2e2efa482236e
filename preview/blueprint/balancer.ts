/** Reads the load balancer: the listener that the edge calls, its rules, and the target group behind them. */

import type { Origin } from "./edge.ts";
import type { Block, Stack } from "./stack.ts";

export interface HealthCheck {
  address: string;
  path: string;
  /** Seconds. */
  interval: number;
  timeout: number;
  healthyThreshold: number;
  unhealthyThreshold: number;
  /** Status codes that pass, as the stack writes them, e.g. `200` or `200-299,301`. */
  matcher: string;
}

export interface TargetGroup {
  address: string;
  algorithm: "round_robin" | "least_outstanding_requests";
  /** Seconds. */
  deregistrationDelay: number;
  healthCheck: HealthCheck;
}

export type Condition =
  | { kind: "header"; name: string; values: string[] }
  | { kind: "host" | "path" | "method" | "sourceIp"; values: string[] }
  | { kind: "query"; pairs: { key: string | undefined; value: string }[] };

export type Action =
  | { kind: "forward" }
  | { kind: "fixed"; status: number; contentType: string; body: string };

export interface Rule {
  address: string;
  priority: number;
  conditions: Condition[];
  action: Action;
}

export interface BalancerBlueprint {
  address: string;
  listener: { address: string; port: number; defaultAction: Action };
  /** By priority, lowest first. */
  rules: Rule[];
  targetGroup: TargetGroup;
  /** Seconds without a byte, after which the balancer gives up on a target's answer. */
  idleTimeout: number;
  dropInvalidHeaders: boolean;
  preserveHostHeader: boolean;
  /** Address ranges of the subnets that it stands in: from where the tasks see it calling. */
  subnetRanges: string[];
}

export function readBalancer(stack: Stack, origin: Origin): BalancerBlueprint {
  const balancer = origin.balancer;
  const listener = findListener(stack, origin);
  const ruleBlocks = stack
    .all("aws_lb_listener_rule")
    .filter((rule) => rule.refersTo("listener_arn", listener))
    .sort((a, b) => a.number("priority") - b.number("priority"));
  const groups = new Set<Block>();
  const rules = ruleBlocks.map((rule) => ({
    address: rule.address,
    priority: rule.number("priority"),
    conditions: rule.list("condition").map((_, index) => readCondition(rule, `condition.${index}`)),
    action: readAction(rule, "action", groups),
  }));
  const defaultAction = readAction(listener, "default_action", groups);
  const [group, ...more] = groups;
  if (!group)
    throw listener.error(
      "default_action",
      "forwards nowhere, and no rule does: no target would get a request",
    );
  if (more.length > 0)
    throw listener.error(undefined, "forwards to several target groups; the preview plays one");
  return {
    address: balancer.address,
    listener: { address: listener.address, port: origin.port, defaultAction },
    rules,
    targetGroup: readTargetGroup(group),
    idleTimeout: balancer.number("idle_timeout", 60),
    dropInvalidHeaders: balancer.boolean("drop_invalid_header_fields", false),
    preserveHostHeader: balancer.boolean("preserve_host_header", false),
    subnetRanges: balancer
      .references("subnets")
      .filter(({ type }) => type === "aws_subnet")
      .map((subnet) => subnet.text("cidr_block")),
  };
}

function findListener(stack: Stack, origin: Origin): Block {
  const listeners = stack
    .all("aws_lb_listener")
    .filter((listener) => listener.refersTo("load_balancer_arn", origin.balancer));
  const found = listeners.find((listener) => listener.number("port") === origin.port);
  if (found) return found;
  const ports = listeners.map((listener) => listener.number("port")).join(", ") || "none";
  throw origin.balancer.error(
    undefined,
    `has no listener on port ${origin.port}, which ${origin.address} calls (its listeners: ${ports})`,
  );
}

function readAction(block: Block, path: string, groups: Set<Block>): Action {
  // Authentication may stand before it; the last action is the one that answers.
  const at = `${path}.${Math.max(block.list(path).length - 1, 0)}`;
  const type = block.text(`${at}.type`);
  if (type === "fixed-response") {
    const response = `${at}.fixed_response`;
    return {
      kind: "fixed",
      status: block.number(`${response}.status_code`, 200),
      contentType: block.text(`${response}.content_type`),
      body: block.text(`${response}.message_body`, ""),
    };
  }
  if (type !== "forward")
    throw block.error(`${at}.type`, `"${type}" is an action that the preview cannot play`);
  const attribute =
    block.raw(`${at}.target_group_arn`) === undefined
      ? `${at}.forward.target_group.arn`
      : `${at}.target_group_arn`;
  groups.add(block.follow(attribute, "aws_lb_target_group"));
  return { kind: "forward" };
}

function readCondition(rule: Block, path: string): Condition {
  const has = (name: string) => rule.raw(`${path}.${name}`) !== undefined;
  const values = (name: string) => rule.texts(`${path}.${name}.values`);
  if (has("http_header")) {
    const name = rule.text(`${path}.http_header.http_header_name`);
    return { kind: "header", name, values: values("http_header") };
  }
  if (has("host_header")) return { kind: "host", values: values("host_header") };
  if (has("path_pattern")) return { kind: "path", values: values("path_pattern") };
  if (has("http_request_method")) return { kind: "method", values: values("http_request_method") };
  if (has("source_ip")) return { kind: "sourceIp", values: values("source_ip") };
  if (has("query_string")) {
    const pairs = rule.list(`${path}.query_string`) as { key?: string; value: string }[];
    return { kind: "query", pairs: pairs.map(({ key, value }) => ({ key, value })) };
  }
  throw rule.error(path, "is a condition that the preview does not know");
}

function readTargetGroup(group: Block): TargetGroup {
  const check = (name: string) => `health_check.${name}`;
  const algorithm = group.text("load_balancing_algorithm_type", "round_robin");
  if (algorithm !== "round_robin" && algorithm !== "least_outstanding_requests")
    throw group.error(
      "load_balancing_algorithm_type",
      `"${algorithm}" is an algorithm that the preview cannot play`,
    );
  if (group.boolean("stickiness.enabled", false))
    throw group.error("stickiness.enabled", "is true; the preview cannot play sticky sessions");
  return {
    address: group.address,
    algorithm,
    deregistrationDelay: group.number("deregistration_delay", 300),
    healthCheck: {
      address: group.address,
      path: group.text(check("path"), "/"),
      interval: group.number(check("interval"), 30),
      timeout: group.number(check("timeout"), 5),
      healthyThreshold: group.number(check("healthy_threshold"), 3),
      unhealthyThreshold: group.number(check("unhealthy_threshold"), 3),
      matcher: group.text(check("matcher"), "200"),
    },
  };
}
