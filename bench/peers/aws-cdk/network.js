const ec2 = require("aws-cdk-lib/aws-ec2");

/** lib/catalog/network.ts, in aws-cdk-lib. */
function makeNetwork(stack) {
  const vpc = new ec2.Vpc(stack, "Vpc", {
    vpcName: stack.name("vpc"),
    ipAddresses: ec2.IpAddresses.cidr("10.0.0.0/16"),
    availabilityZones: ["eu-north-1a", "eu-north-1b"],
    natGateways: 2,
    restrictDefaultSecurityGroup: true,
    subnetConfiguration: [
      { name: "Public", subnetType: ec2.SubnetType.PUBLIC, cidrMask: 20, mapPublicIpOnLaunch: false },
      { name: "Private", subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 },
    ],
    gatewayEndpoints: {
      S3: {
        service: ec2.GatewayVpcEndpointAwsService.S3,
        subnets: [{ subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS }],
      },
    },
  });
  const logGroup = stack.logGroup("FlowLogs", `/aws/vpc/${stack.name("flow-logs")}`);
  vpc.addFlowLog("FlowLog", { destination: ec2.FlowLogDestination.toCloudWatchLogs(logGroup) });
  return { vpc, flowLog: logGroup };
}

module.exports = { makeNetwork };
