// Required, not imported: see docs/ARCHITECTURE.md, "The code".
exports.DataAwsAvailabilityZones =
  require("@cdktn/provider-aws/lib/data-aws-availability-zones/index.js").DataAwsAvailabilityZones;
exports.DataAwsEc2ManagedPrefixList =
  require("@cdktn/provider-aws/lib/data-aws-ec2-managed-prefix-list/index.js").DataAwsEc2ManagedPrefixList;
exports.DefaultSecurityGroup =
  require("@cdktn/provider-aws/lib/default-security-group/index.js").DefaultSecurityGroup;
exports.Eip = require("@cdktn/provider-aws/lib/eip/index.js").Eip;
exports.FlowLog = require("@cdktn/provider-aws/lib/flow-log/index.js").FlowLog;
exports.InternetGateway = require("@cdktn/provider-aws/lib/internet-gateway/index.js").InternetGateway;
exports.NatGateway = require("@cdktn/provider-aws/lib/nat-gateway/index.js").NatGateway;
exports.Route = require("@cdktn/provider-aws/lib/route/index.js").Route;
exports.RouteTable = require("@cdktn/provider-aws/lib/route-table/index.js").RouteTable;
exports.RouteTableAssociation =
  require("@cdktn/provider-aws/lib/route-table-association/index.js").RouteTableAssociation;
exports.SecurityGroup = require("@cdktn/provider-aws/lib/security-group/index.js").SecurityGroup;
exports.Subnet = require("@cdktn/provider-aws/lib/subnet/index.js").Subnet;
exports.Vpc = require("@cdktn/provider-aws/lib/vpc/index.js").Vpc;
exports.VpcEndpoint = require("@cdktn/provider-aws/lib/vpc-endpoint/index.js").VpcEndpoint;
exports.VpcSecurityGroupEgressRule =
  require("@cdktn/provider-aws/lib/vpc-security-group-egress-rule/index.js").VpcSecurityGroupEgressRule;
exports.VpcSecurityGroupIngressRule =
  require("@cdktn/provider-aws/lib/vpc-security-group-ingress-rule/index.js").VpcSecurityGroupIngressRule;
