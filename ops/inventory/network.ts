import {
  DescribeAddressesCommand,
  paginateDescribeFlowLogs,
  paginateDescribeInternetGateways,
  paginateDescribeNatGateways,
  paginateDescribeRouteTables,
  paginateDescribeSecurityGroupRules,
  paginateDescribeSecurityGroups,
  paginateDescribeSubnets,
  paginateDescribeVpcEndpoints,
  paginateDescribeVpcs,
  type RouteTable,
} from "@aws-sdk/client-ec2";
import type { Aws } from "../aws.ts";
import { all, type Item, nameTag } from "./item.ts";

/** VPCs and all that is in them. */
export async function network({ ec2 }: Pick<Aws, "ec2">): Promise<Item[]> {
  const config = { client: ec2 };
  const [vpcs, subnets, gateways, addresses, natGateways, routeTables, endpoints, groups, rules, flowLogs] =
    await Promise.all([
      all(paginateDescribeVpcs(config, {}), (page) => page.Vpcs),
      all(paginateDescribeSubnets(config, {}), (page) => page.Subnets),
      all(paginateDescribeInternetGateways(config, {}), (page) => page.InternetGateways),
      ec2.send(new DescribeAddressesCommand({})).then(({ Addresses = [] }) => Addresses),
      all(paginateDescribeNatGateways(config, {}), (page) => page.NatGateways),
      all(paginateDescribeRouteTables(config, {}), (page) => page.RouteTables),
      all(paginateDescribeVpcEndpoints(config, {}), (page) => page.VpcEndpoints),
      all(paginateDescribeSecurityGroups(config, {}), (page) => page.SecurityGroups),
      all(paginateDescribeSecurityGroupRules(config, {}), (page) => page.SecurityGroupRules),
      all(paginateDescribeFlowLogs(config, {}), (page) => page.FlowLogs),
    ]);
  const subnetName = new Map(subnets.map((subnet) => [subnet.SubnetId, nameTag(subnet.Tags)]));
  const vpcOfGroup = new Map(groups.map(({ GroupId, VpcId }) => [GroupId, VpcId]));
  // An address belongs where the NAT gateway stands that has it.
  const vpcOfAddress = new Map(
    natGateways.flatMap(({ VpcId, NatGatewayAddresses = [] }) =>
      NatGatewayAddresses.map(({ AllocationId }) => [AllocationId, VpcId] as const),
    ),
  );
  const item = (
    type: string,
    id: string | undefined,
    Tags: { Key?: string; Value?: string }[] | undefined,
    vpc?: string,
  ): Item => ({
    type,
    id: id ?? "",
    name: nameTag(Tags),
    vpc,
  });
  return [
    ...vpcs.map(({ VpcId, Tags }) => item("aws_vpc", VpcId, Tags)),
    ...subnets.map(({ SubnetId, Tags, VpcId }) => item("aws_subnet", SubnetId, Tags, VpcId)),
    ...gateways.map(({ InternetGatewayId, Tags, Attachments = [] }) =>
      item("aws_internet_gateway", InternetGatewayId, Tags, Attachments[0]?.VpcId),
    ),
    ...addresses.map(({ AllocationId, Tags }) =>
      item("aws_eip", AllocationId, Tags, vpcOfAddress.get(AllocationId)),
    ),
    // A deleted gateway or endpoint stays visible for an hour; so does a gateway that failed, which AWS deletes itself.
    ...natGateways
      .filter(({ State }) => State !== "deleted" && State !== "failed")
      .map(({ NatGatewayId, Tags, VpcId }) => item("aws_nat_gateway", NatGatewayId, Tags, VpcId)),
    ...endpoints
      .filter(({ State }) => State?.toLowerCase() !== "deleted")
      .map(({ VpcEndpointId, Tags, VpcId }) => item("aws_vpc_endpoint", VpcEndpointId, Tags, VpcId)),
    ...routeTables.map(({ RouteTableId, Tags, VpcId }) => item("aws_route_table", RouteTableId, Tags, VpcId)),
    ...routeTables.flatMap(routes),
    ...routeTables.flatMap(({ RouteTableId, Associations = [], VpcId }) =>
      Associations.filter(({ Main, SubnetId }) => !Main && SubnetId).map((association) => ({
        type: "aws_route_table_association",
        id: `${association.SubnetId}/${RouteTableId}`,
        name: subnetName.get(association.SubnetId) ?? "",
        vpc: VpcId,
        parent: association.RouteTableAssociationId,
      })),
    ),
    // A VPC's default group lives and dies with it.
    ...groups
      .filter(({ GroupName }) => GroupName !== "default")
      .map(({ GroupId, Tags, VpcId }) => item("aws_security_group", GroupId, Tags, VpcId)),
    ...rules.map(({ SecurityGroupRuleId, IsEgress, Tags, GroupId }) => ({
      ...item(
        `aws_vpc_security_group_${IsEgress ? "egress" : "ingress"}_rule`,
        SecurityGroupRuleId,
        Tags,
        vpcOfGroup.get(GroupId),
      ),
      parent: GroupId,
    })),
    ...flowLogs.map(({ FlowLogId, Tags, ResourceId }) => item("aws_flow_log", FlowLogId, Tags, ResourceId)),
  ];
}

const routes = ({ RouteTableId, Routes = [], Tags, VpcId }: RouteTable): Item[] =>
  Routes.filter(({ Origin, DestinationCidrBlock }) => Origin === "CreateRoute" && DestinationCidrBlock).map(
    ({ DestinationCidrBlock }) => ({
      type: "aws_route",
      id: `${RouteTableId}_${DestinationCidrBlock}`,
      name: `${nameTag(Tags)} ${DestinationCidrBlock}`,
      vpc: VpcId,
    }),
  );
