/** The VPC and what stands in it, security groups included: EC2 gives what it makes an id, and AWS knows none of it by name. */
import { anywhere, type NeedsByType } from "./needs.ts";

const ec2 = (...actions: readonly string[]) => anywhere("ec2", ...actions);

export const NETWORK: NeedsByType = {
  aws_default_security_group: ec2(
    "DescribeSecurityGroups",
    "DescribeSecurityGroupRules",
    "RevokeSecurityGroupEgress",
    "RevokeSecurityGroupIngress",
    "AuthorizeSecurityGroupEgress",
    "AuthorizeSecurityGroupIngress",
  ),
  aws_eip: ec2(
    "AllocateAddress",
    "DescribeAddresses",
    "DescribeAddressesAttribute",
    "ReleaseAddress",
    "DisassociateAddress",
  ),
  aws_flow_log: ec2("CreateFlowLogs", "DescribeFlowLogs", "DeleteFlowLogs"),
  aws_internet_gateway: ec2(
    "CreateInternetGateway",
    "AttachInternetGateway",
    "DescribeInternetGateways",
    "DetachInternetGateway",
    "DeleteInternetGateway",
  ),
  aws_nat_gateway: ec2("CreateNatGateway", "DescribeNatGateways", "DeleteNatGateway"),
  aws_route: ec2("CreateRoute", "DescribeRouteTables", "ReplaceRoute", "DeleteRoute"),
  aws_route_table: ec2(
    "CreateRouteTable",
    "DescribeRouteTables",
    "DeleteRouteTable",
    "DisassociateRouteTable",
  ),
  aws_route_table_association: ec2(
    "AssociateRouteTable",
    "ReplaceRouteTableAssociation",
    "DescribeRouteTables",
    "DisassociateRouteTable",
  ),
  aws_security_group: ec2(
    "CreateSecurityGroup",
    "DescribeSecurityGroups",
    "DescribeSecurityGroupRules",
    "RevokeSecurityGroupEgress",
    "RevokeSecurityGroupIngress",
    "DeleteSecurityGroup",
  ),
  aws_subnet: ec2("CreateSubnet", "DescribeSubnets", "ModifySubnetAttribute", "DeleteSubnet"),
  aws_vpc: ec2(
    "CreateVpc",
    "DescribeVpcs",
    "DescribeVpcAttribute",
    "ModifyVpcAttribute",
    "DescribeNetworkAcls",
    "DescribeRouteTables",
    "DescribeSecurityGroups",
    "DeleteVpc",
  ),
  aws_vpc_endpoint: ec2(
    "CreateVpcEndpoint",
    "DescribeVpcEndpoints",
    "DescribePrefixLists",
    "ModifyVpcEndpoint",
    "DeleteVpcEndpoints",
  ),
  aws_vpc_security_group_egress_rule: ec2(
    "AuthorizeSecurityGroupEgress",
    "DescribeSecurityGroupRules",
    "ModifySecurityGroupRules",
    "RevokeSecurityGroupEgress",
  ),
  aws_vpc_security_group_ingress_rule: ec2(
    "AuthorizeSecurityGroupIngress",
    "DescribeSecurityGroupRules",
    "ModifySecurityGroupRules",
    "RevokeSecurityGroupIngress",
  ),
};
