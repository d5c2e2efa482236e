import { Construct } from "constructs";
import * as ec2 from "../aws/ec2/index.ts";
import type { Settings } from "../settings.ts";

export interface NetworkProps {
  readonly settings: Settings;
}

/** Two availability zones, each with a public and a private subnet. */
export class Network extends Construct {
  readonly vpc: ec2.Vpc;
  readonly flowLog: ec2.FlowLog;

  constructor(scope: Construct, id: string, { settings }: NetworkProps) {
    super(scope, id);
    this.vpc = new ec2.Vpc(this, "Vpc", {
      ipAddresses: settings.vpcCidr,
      availabilityZones: settings.availabilityZones,
      natGateways: settings.natGateways,
    });
    this.vpc.addS3GatewayEndpoint("S3Endpoint");
    this.flowLog = this.vpc.addFlowLog("FlowLog");
  }
}
