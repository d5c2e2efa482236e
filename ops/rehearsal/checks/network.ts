import assert from "node:assert/strict";
import {
  DescribeFlowLogsCommand,
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
  type SecurityGroupRule,
  type Subnet,
} from "@aws-sdk/client-ec2";
import { nameTag } from "../../inventory/item.ts";
import { type Check, type CheckContext, only } from "./check.ts";

const vpcId = ({ resources }: CheckContext): string =>
  String(
    only(
      resources.filter(({ type }) => type === "aws_vpc"),
      "VPC",
    ).values.id,
  );

const inVpc = (context: CheckContext) => ({ Filters: [{ Name: "vpc-id", Values: [vpcId(context)] }] });

const subnets = async (context: CheckContext): Promise<Subnet[]> =>
  (await context.aws.ec2.send(new DescribeSubnetsCommand(inVpc(context)))).Subnets ?? [];

/** For each subnet: what its default route leads to, `igw-…`, `nat-…` or nothing. */
async function defaultRoutes(context: CheckContext): Promise<Map<string, string>> {
  const { RouteTables = [] } = await context.aws.ec2.send(new DescribeRouteTablesCommand(inVpc(context)));
  const routes = new Map<string, string>();
  for (const { Associations = [], Routes = [] } of RouteTables) {
    const way = Routes.find(({ DestinationCidrBlock }) => DestinationCidrBlock === "0.0.0.0/0");
    for (const { SubnetId } of Associations) {
      if (SubnetId) routes.set(SubnetId, way?.GatewayId ?? way?.NatGatewayId ?? "");
    }
  }
  return routes;
}

export const network: Check[] = [
  {
    demand: "two zones have a public and a private subnet each",
    async run(context) {
      const ways = await defaultRoutes(context);
      const kinds = (await subnets(context)).map(
        ({ SubnetId, AvailabilityZone }) => `${AvailabilityZone} ${ways.get(SubnetId!)?.slice(0, 3)}`,
      );
      const zones = [...new Set(kinds.map((kind) => kind.split(" ")[0]))].sort();
      assert.equal(zones.length, 2);
      assert.deepEqual(
        kinds.sort(),
        zones.flatMap((zone) => [`${zone} igw`, `${zone} nat`]),
      );
    },
  },
  {
    demand: "each private subnet leaves through a NAT gateway of its own zone",
    async run(context) {
      const [ways, all, { NatGateways = [] }] = await Promise.all([
        defaultRoutes(context),
        subnets(context),
        context.aws.ec2.send(new DescribeNatGatewaysCommand({})),
      ]);
      const zoneOf = new Map(all.map(({ SubnetId, AvailabilityZone }) => [SubnetId, AvailabilityZone]));
      for (const { SubnetId, AvailabilityZone } of all) {
        const way = ways.get(SubnetId!)!;
        if (!way.startsWith("nat-")) continue;
        const gateway = NatGateways.find(({ NatGatewayId }) => NatGatewayId === way);
        assert.equal(zoneOf.get(gateway?.SubnetId), AvailabilityZone);
      }
    },
  },
  {
    demand: "the VPC's default security group lets nothing through",
    async run(context) {
      const { SecurityGroups = [] } = await context.aws.ec2.send(
        new DescribeSecurityGroupsCommand(inVpc(context)),
      );
      const group = only(
        SecurityGroups.filter(({ GroupName }) => GroupName === "default"),
        "default group",
      );
      assert.deepEqual([group.IpPermissions, group.IpPermissionsEgress].flat().filter(Boolean), []);
    },
  },
  {
    demand: "flow logs cover all traffic of the VPC",
    async run(context) {
      const { FlowLogs = [] } = await context.aws.ec2.send(
        new DescribeFlowLogsCommand({ Filter: [{ Name: "resource-id", Values: [vpcId(context)] }] }),
      );
      const log = only(FlowLogs, "flow log");
      assert.deepEqual([log.TrafficType, log.FlowLogStatus], ["ALL", "ACTIVE"]);
    },
  },
  {
    demand: "S3 is reached through a gateway endpoint from both private subnets",
    async run(context) {
      const { VpcEndpoints = [] } = await context.aws.ec2.send(
        new DescribeVpcEndpointsCommand(inVpc(context)),
      );
      const endpoint = only(VpcEndpoints, "VPC endpoint");
      assert.equal(endpoint.VpcEndpointType, "Gateway");
      assert.ok((endpoint.RouteTableIds?.length ?? 0) >= 2);
    },
  },
  {
    demand:
      "ports are open from CloudFront to the balancer, to the tasks, to the database, and to HTTPS; nowhere else",
    async run(context) {
      assert.deepEqual(await openPorts(context), [
        "in  alb 80 <- CloudFront's origin-facing prefix list",
        "in  api 3000 <- alb",
        "in  aurora 5432 <- api",
        "out alb 3000 -> api",
        "out api 443 -> 0.0.0.0/0",
        "out api 5432 -> aurora",
      ]);
    },
  },
  {
    demand: "each open port says what it is for",
    async run(context) {
      const { rules } = await describeRules(context);
      assert.deepEqual(
        rules.filter(({ Description }) => !Description).map(({ SecurityGroupRuleId }) => SecurityGroupRuleId),
        [],
      );
    },
  },
];

async function describeRules(context: CheckContext) {
  const { SecurityGroups = [] } = await context.aws.ec2.send(
    new DescribeSecurityGroupsCommand(inVpc(context)),
  );
  const names = new Map(SecurityGroups.map(({ GroupId, Tags }) => [GroupId, nameTag(Tags)]));
  const { SecurityGroupRules = [] } = await context.aws.ec2.send(new DescribeSecurityGroupRulesCommand({}));
  return { names, rules: SecurityGroupRules.filter(({ GroupId }) => names.has(GroupId)) };
}

/** Every rule of the VPC's groups as one line. */
async function openPorts(context: CheckContext): Promise<string[]> {
  const { names, rules } = await describeRules(context);
  const short = (id: string | undefined): string =>
    (names.get(id) ?? id ?? "?").replace("security-group-", "").replace(`-${context.suffix}`, "");
  const peer = (rule: SecurityGroupRule): string => {
    if (rule.PrefixListId) return "CloudFront's origin-facing prefix list";
    return rule.CidrIpv4 ?? rule.CidrIpv6 ?? short(rule.ReferencedGroupInfo?.GroupId);
  };
  return rules
    .map((rule) => {
      const ports = rule.FromPort === rule.ToPort ? rule.FromPort : `${rule.FromPort}-${rule.ToPort}`;
      return `${rule.IsEgress ? "out" : "in "} ${short(rule.GroupId)} ${ports} ${rule.IsEgress ? "->" : "<-"} ${peer(rule)}`;
    })
    .sort();
}
