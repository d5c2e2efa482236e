import type { Block, Configuration, Json, JsonObject } from "../local/terraform-json/index.ts";

/** A way through the network that security groups leave open. */
export interface OpenPath {
  /** `CloudFront`, `load balancer`, `tasks`, `database`, `anywhere`, an address range, or a resource's address. */
  readonly from: string;
  readonly to: string;
  /** `tcp/80`, `tcp/1024-65535`, `all`. */
  readonly port: string;
  /** Addresses of the rules that open it. */
  readonly rules: readonly string[];
  /** A group's rule whose other half is missing: the one lets out what the other does not let in, or the reverse. */
  readonly half: boolean;
}

/** Who stands behind a security group. */
const ROLES: Readonly<Record<string, string>> = {
  aws_lb: "load balancer",
  aws_ecs_service: "tasks",
  aws_rds_cluster: "database",
};
const CLOUDFRONT = "com.amazonaws.global.cloudfront.origin-facing";

interface GroupRule {
  readonly address: string;
  readonly ingress: boolean;
  readonly group: string;
  readonly peer: string;
  readonly peerIsGroup: boolean;
  readonly port: string;
}

/** How a path reads: `load balancer → tasks tcp/3000`. */
export function describePath({ from, to, port }: Pick<OpenPath, "from" | "to" | "port">): string {
  return `${from} → ${to} ${port}`;
}

/** The paths that this system has, and no other: internet → CloudFront → balancer → tasks → database, tasks → any:443. */
export function expectedPaths(config: Configuration): string[] {
  const listeners = config.of("aws_lb_listener").map((listener) => `tcp/${listener.get("port")}`);
  return [
    ...listeners.map((port) => describePath({ from: "CloudFront", to: "load balancer", port })),
    describePath({ from: "load balancer", to: "tasks", port: "tcp/3000" }),
    describePath({ from: "tasks", to: "database", port: "tcp/5432" }),
    describePath({ from: "tasks", to: "anywhere", port: "tcp/443" }),
  ];
}

/**
 * Every path that the security groups open, computed from their rules: standalone, inline, and of the older kind. Between
 * two groups a path is open when the one lets it out and the other lets it in.
 */
export function openPaths(config: Configuration): OpenPath[] {
  const rules = [...standaloneRules(config), ...inlineRules(config)];
  const users = usersByGroup(config);
  const paths: OpenPath[] = [];
  for (const rule of rules) {
    const [from, to] = rule.ingress ? [rule.peer, rule.group] : [rule.group, rule.peer];
    const other = rules.find(
      (each) =>
        each.ingress !== rule.ingress &&
        each.group === rule.peer &&
        each.peer === rule.group &&
        each.port === rule.port,
    );
    if (other && !rule.ingress) continue; // told once, by the side that lets it in
    paths.push({
      from: users.get(from) ?? from,
      to: users.get(to) ?? to,
      port: rule.port,
      rules: other ? [rule.address, other.address] : [rule.address],
      half: rule.peerIsGroup && !other,
    });
  }
  return paths;
}

/** Who stands behind each security group, by the group's address. */
function usersByGroup(config: Configuration): ReadonlyMap<string, string> {
  const users = new Map<string, Set<string>>();
  for (const block of config.resources.filter(({ type }) => !type.includes("security_group"))) {
    for (const group of config.targets([...securityGroupArguments(block)])) {
      const names = users.get(group.address) ?? new Set();
      users.set(group.address, names.add(ROLES[block.type] ?? block.address));
    }
  }
  return new Map([...users].map(([group, names]) => [group, [...names].join(" and ")]));
}

/** Wherever a resource takes security groups: `security_groups`, `vpc_security_group_ids`, `security_group_ids`. */
function* securityGroupArguments(block: Block): Generator<Json> {
  for (const { argument, value } of block.leaves()) {
    if (/security_group(s|_ids?)$/.test(argument)) yield value;
  }
}

function standaloneRules(config: Configuration): GroupRule[] {
  const modern = (type: string, ingress: boolean) =>
    config
      .of(type)
      .map((block) =>
        groupRule(config, block, block.body, ingress, block.get("security_group_id"), block.body),
      );
  const older = config.of("aws_security_group_rule").map((block) => {
    const { source_security_group_id, cidr_blocks, ipv6_cidr_blocks, prefix_list_ids, protocol } = block.body;
    const peer = {
      referenced_security_group_id: source_security_group_id!,
      cidr_ipv4: cidr_blocks!,
      cidr_ipv6: ipv6_cidr_blocks!,
      prefix_list_id: prefix_list_ids!,
      ip_protocol: protocol!,
    };
    return groupRule(
      config,
      block,
      block.body,
      block.get("type") === "ingress",
      block.get("security_group_id"),
      peer,
    );
  });
  return [
    ...modern("aws_vpc_security_group_ingress_rule", true),
    ...modern("aws_vpc_security_group_egress_rule", false),
    ...older,
  ];
}

function inlineRules(config: Configuration): GroupRule[] {
  return config.of("aws_security_group", "aws_default_security_group").flatMap((group) =>
    (["ingress", "egress"] as const).flatMap((direction) =>
      group.blocks(direction).map((rule) => {
        const peer = {
          referenced_security_group_id:
            rule.security_groups ?? (rule.self === true ? `\${${group.address}.id}` : null),
          cidr_ipv4: rule.cidr_blocks ?? null,
          cidr_ipv6: rule.ipv6_cidr_blocks ?? null,
          prefix_list_id: rule.prefix_list_ids ?? null,
          ip_protocol: rule.protocol ?? null,
        };
        return groupRule(config, group, rule, direction === "ingress", `\${${group.address}.id}`, peer);
      }),
    ),
  );
}

function groupRule(
  config: Configuration,
  block: Block,
  ports: JsonObject,
  ingress: boolean,
  group: Json | undefined,
  peer: JsonObject,
): GroupRule {
  const [other] = config.targets(peer.referenced_security_group_id);
  const [list] = config.targets(peer.prefix_list_id);
  const ranges = [peer.cidr_ipv4, peer.cidr_ipv6].flat().filter((each) => typeof each === "string");
  const listName =
    list && (list.get("name") === CLOUDFRONT ? "CloudFront" : (list.get("name") ?? list.address));
  const outside = ranges
    .map((range) => (/^(0\.0\.0\.0|::)\/0$/.test(range) ? "anywhere" : range))
    .join(" and ");
  const protocol = String(peer.ip_protocol ?? "all");
  const { from_port: first, to_port: last } = ports;
  return {
    address: block.address,
    ingress,
    group: config.targets(group)[0]?.address ?? String(group),
    peer: other?.address ?? String(listName ?? (outside || "somewhere unnamed")),
    peerIsGroup: other !== undefined,
    port:
      protocol === "-1" || protocol === "all"
        ? "all"
        : `${protocol}/${first === last ? first : `${first}-${last}`}`,
  };
}
