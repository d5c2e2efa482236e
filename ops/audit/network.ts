import type { Block, Configuration, Json } from "../../local/terraform-json/index.ts";
import { describePath, expectedPaths, openPaths } from "../reachability.ts";
import { demand, each, type Rule, rule, type Violation } from "./rule.ts";

/** The subnets whose default route goes to a target of this type. */
function subnetsThrough(config: Configuration, argument: string, type: string): Block[] {
  return config
    .of("aws_subnet")
    .filter((subnet) =>
      config
        .referrers("aws_route_table_association", "subnet_id", subnet)
        .some((association) =>
          config
            .targets(association.get("route_table_id"))
            .some((table) =>
              config
                .referrers("aws_route", "route_table_id", table)
                .some((route) => config.targets(route.get(argument), type).length > 0),
            ),
        ),
    );
}

export const publicSubnets = (config: Configuration) =>
  subnetsThrough(config, "gateway_id", "aws_internet_gateway");
const zones = (subnets: readonly Block[]) =>
  new Set(subnets.map((subnet) => subnet.get("availability_zone")));
const same = (a: readonly unknown[], b: readonly unknown[]) =>
  a.length > 0 &&
  a.length === b.length &&
  b.every((each) => a.includes(each)) &&
  a.every((each) => b.includes(each));

function privateSubnets(config: Configuration): Block[] {
  const open = publicSubnets(config);
  return config.of("aws_subnet").filter((subnet) => !open.includes(subnet));
}

/** Whether a value lists all private subnets, each once. */
const isPrivate = (config: Configuration, value: Json[]) =>
  same(config.targets(value, "aws_subnet"), privateSubnets(config));

/** VPC, subnets, security groups. */
export const network: readonly Rule[] = [
  rule({
    id: "two-zones",
    source: "Core Requirements, 6",
    words: "VPC with public and private subnets across 2 availability zones",
    check: (config) => [
      ...demand(
        zones(publicSubnets(config)).size === 2,
        "aws_subnet",
        "Make public subnets (default route to the internet gateway) in two availability zones.",
      ),
      // A load balancer sends nothing to a target in a zone that it is not in.
      ...demand(
        same([...zones(privateSubnets(config))], [...zones(publicSubnets(config))]),
        "aws_subnet",
        "Make private subnets (no route to the internet gateway) in the zones of the public ones.",
      ),
    ],
  }),
  rule({
    id: "way-out-of-private-subnets",
    source: "ECS developer guide, Fargate task networking",
    words: "tasks in private subnets pull their image through NAT",
    check: (config) =>
      each(
        privateSubnets(config),
        (subnet) => subnetsThrough(config, "nat_gateway_id", "aws_nat_gateway").includes(subnet),
        "Give its route table a default route to a NAT gateway.",
      ),
  }),
  rule({
    id: "balancer-in-public-subnets",
    source: "Core Requirements, 2",
    words: "Application Load Balancer for distributing traffic",
    check: (config) => [
      ...demand(config.of("aws_lb").length > 0, "aws_lb", "There is no load balancer: add one."),
      ...each(
        config.of("aws_lb"),
        (balancer) =>
          balancer.get("load_balancer_type") === "application" &&
          balancer.get("internal") !== true &&
          same(config.targets(balancer.all("subnets")), publicSubnets(config)),
        "Make it an application load balancer, not internal, in all public subnets.",
      ),
    ],
  }),
  rule({
    id: "tasks-in-private-subnets",
    source: "Success Criteria",
    words: "Security: tasks cannot be reached from the internet",
    check: (config) =>
      each(
        config.of("aws_ecs_service"),
        (service) =>
          isPrivate(config, service.all("network_configuration.subnets")) &&
          service.get("network_configuration.assign_public_ip") !== true,
        "Put the service into the private subnets, with assign_public_ip false.",
      ),
  }),
  rule({
    id: "database-in-private-subnets",
    source: "Core Requirements, 3",
    words: "RDS Aurora PostgreSQL in private subnets",
    check: (config) => [
      ...each(
        config.of("aws_db_subnet_group"),
        (group) => isPrivate(config, group.all("subnet_ids")),
        "List only private subnets, of two zones.",
      ),
      ...each(
        config.of("aws_rds_cluster_instance"),
        (instance) => instance.get("publicly_accessible") !== true,
        "Set publicly_accessible to false.",
      ),
    ],
  }),
  rule({
    id: "balancer-to-tasks",
    source: "Core Requirements, 6",
    words: "Allow ALB to ECS traffic",
    check: (config) => demandPath(config, "load balancer → tasks tcp/3000"),
  }),
  rule({
    id: "tasks-to-database",
    source: "Core Requirements, 6",
    words: "Allow ECS to RDS traffic",
    check: (config) => demandPath(config, "tasks → database tcp/5432"),
  }),
  rule({
    id: "edge-to-balancer",
    source: "CloudFront developer guide, Restrict access to Application Load Balancers",
    words: "CloudFront, and nobody else, connects to the load balancer",
    check: (config) =>
      config
        .of("aws_lb_listener")
        .flatMap((listener) => demandPath(config, `CloudFront → load balancer tcp/${listener.get("port")}`)),
  }),
  rule({
    id: "tasks-to-aws",
    source: "ECS developer guide, Fargate task networking",
    words: "tasks reach the registry, Secrets Manager and CloudWatch",
    check: (config) => demandPath(config, "tasks → anywhere tcp/443"),
  }),
  rule({
    id: "least-privilege-network",
    source: "Core Requirements, 6; Constraints",
    words: "Security groups following least privilege principle",
    check: (config) => {
      const expected = expectedPaths(config);
      return openPaths(config)
        .filter((path) => !expected.includes(describePath(path)))
        .map((path) => ({
          address: path.rules.join(", "),
          message: `Opens ${describePath(path)}, which nothing needs: remove it.`,
        }));
    },
  }),
  rule({
    id: "standalone-security-group-rules",
    source: "hashicorp/terraform-provider-aws#32379",
    words: "no inline rules in a security group: they conflict with standalone rules",
    check: (config) =>
      each(
        config.of("aws_security_group"),
        ({ body }) => body.ingress === undefined && body.egress === undefined, // an empty list removes them all
        "Move the rules into aws_vpc_security_group_ingress_rule and _egress_rule.",
      ),
  }),
  rule({
    id: "default-security-group",
    source: "CIS AWS Foundations, 5.4",
    words: "the default security group admits nothing",
    check: (config) => [
      ...each(
        config.of("aws_vpc"),
        (vpc) => config.referrers("aws_default_security_group", "vpc_id", vpc).length > 0,
        "Add an aws_default_security_group without rules for it.",
      ),
    ],
  }),
  rule({
    id: "endpoint-routes",
    source: "VPC user guide, Gateway endpoints",
    words:
      "what the private subnets fetch from S3 goes through an endpoint, not through NAT: it is in each of their route tables",
    check: (config) => [
      ...demand(
        config.of("aws_vpc_endpoint").length > 0,
        "aws_vpc_endpoint",
        "Add a gateway endpoint for S3: through NAT each gigabyte of image layers costs.",
      ),
      ...each(
        config.of("aws_vpc_endpoint"),
        (endpoint) =>
          same(
            config.targets(endpoint.all("route_table_ids")),
            privateSubnets(config)
              .flatMap((subnet) => config.referrers("aws_route_table_association", "subnet_id", subnet))
              .flatMap((association) => config.targets(association.get("route_table_id"))),
          ),
        "List the route tables of the private subnets in route_table_ids.",
      ),
    ],
  }),
  rule({
    id: "route-table-for-each",
    source: "VPC user guide, Subnet route tables",
    words: "each subnet has a route table of its own: a change to one changes no other",
    check: (config) => [
      ...each(
        config.of("aws_subnet"),
        (subnet) => config.referrers("aws_route_table_association", "subnet_id", subnet).length === 1,
        "Associate it with exactly one route table.",
      ),
      ...each(
        config.of("aws_route_table"),
        (table) => config.referrers("aws_route_table_association", "route_table_id", table).length === 1,
        "Associate it with exactly one subnet.",
      ),
    ],
  }),
  rule({
    id: "zone-of-its-own-way-out",
    source: "VPC user guide, NAT gateways",
    words:
      "with two NAT gateways, each zone leaves through its own: the loss of one is not felt in the other",
    check: (config) => {
      const gateways = config.of("aws_nat_gateway");
      const zoneOf = (gateway: Block) => {
        const [subnet] = config.targets(gateway.get("subnet_id"), "aws_subnet");
        return subnet && publicSubnets(config).includes(subnet) ? subnet.get("availability_zone") : undefined;
      };
      const leaving = (gateway: Block) =>
        config
          .referrers("aws_route", "nat_gateway_id", gateway)
          .flatMap((route) => config.targets(route.get("route_table_id")))
          .flatMap((table) => config.referrers("aws_route_table_association", "route_table_id", table))
          .flatMap((association) => config.targets(association.get("subnet_id")));
      return each(
        gateways,
        (gateway) => {
          const subnets = leaving(gateway);
          return (
            zoneOf(gateway) !== undefined &&
            (gateways.length === 1
              ? subnets.length === privateSubnets(config).length
              : same([...zones(subnets)], [zoneOf(gateway)]))
          );
        },
        "Put it into a public subnet of a zone of its own, and let that zone's private subnet leave through it.",
      );
    },
  }),
];

function demandPath(config: Configuration, path: string): Violation[] {
  const open = openPaths(config).some((each) => describePath(each) === path && !each.half);
  return demand(
    open,
    "aws_vpc_security_group_ingress_rule",
    `Open ${path}, with an ingress and an egress rule.`,
  );
}
