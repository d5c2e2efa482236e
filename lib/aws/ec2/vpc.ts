import { Fn } from "cdktn";
import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { dependsOn, kindOf, Stack, ValidationError } from "../core/index.ts";
import { subdivide } from "./cidr.ts";
import { FlowLog, type FlowLogProps } from "./flow-log.ts";
import { Subnet } from "./subnet.ts";

export interface VpcProps {
  /**
   * IPv4 range, cut into subnets of 4,096 addresses (/20).
   * @default "10.0.0.0/16"
   */
  readonly ipAddresses?: string;
  /**
   * Availability zones to use, each with one public and one private subnet.
   * @default 2
   */
  readonly maxAzs?: number;
  /**
   * NAT gateways: one per zone lets each zone live without the others; fewer cost less (each about 35 USD a month
   * and its traffic).
   * @default - one per availability zone
   */
  readonly natGateways?: number;
}

/**
 * A network over several availability zones: public subnets with a way in and out, private subnets with a way out
 * through NAT. The default security group is emptied, so that nothing can use it by accident (CIS AWS 5.4).
 */
export class Vpc extends Construct {
  readonly vpcId: string;
  readonly publicSubnets: readonly Subnet[];
  readonly privateSubnets: readonly Subnet[];

  /** @throws ValidationError when `natGateways` is not between 1 and `maxAzs`. */
  constructor(scope: Construct, id: string, props: VpcProps = {}) {
    super(scope, id);
    const { names } = Stack.of(this);
    const { ipAddresses = "10.0.0.0/16", maxAzs = 2, natGateways = maxAzs } = props;
    if (natGateways < 1 || natGateways > maxAzs) {
      throw new ValidationError(
        this,
        `natGateways ${natGateways} is not possible: use 1 to ${maxAzs} (one per zone).`,
      );
    }
    const name = names.for(kindOf(id));
    const vpc = new aws.Vpc(this, "Resource", {
      cidrBlock: ipAddresses,
      enableDnsHostnames: true,
      enableDnsSupport: true,
      tags: { Name: name },
    });
    this.vpcId = vpc.id;
    new aws.DefaultSecurityGroup(this, "DefaultSecurityGroup", {
      vpcId: this.vpcId,
      tags: { Name: names.for("security-group-default") },
    });
    const blocks = subdivide(ipAddresses, 20);
    this.publicSubnets = this.#subnets("Public", maxAzs, blocks);
    this.privateSubnets = this.#subnets("Private", maxAzs, blocks);
    this.#routeToInternet();
    this.#routeThroughNat(natGateways);
  }

  #subnets(kind: string, count: number, blocks: Generator<string, never>): Subnet[] {
    const zones = Stack.of(this).once(
      "AvailabilityZones",
      (stack, id) =>
        new aws.DataAwsAvailabilityZones(stack, id, {
          state: "available",
          // Local and Wavelength zones have no Aurora and no Fargate.
          filter: [{ name: "opt-in-status", values: ["opt-in-not-required"] }],
        }),
    );
    return Array.from(
      { length: count },
      (_, index) =>
        new Subnet(this, `${kind}${index + 1}`, {
          vpcId: this.vpcId,
          cidrBlock: blocks.next().value,
          availabilityZone: Fn.element(zones.names, index),
        }),
    );
  }

  #routeToInternet(): void {
    // The gateway is attached by its own `vpc_id`: routes and NAT gateways refer to it, so they come after it.
    const gateway = new aws.InternetGateway(this, "InternetGateway", {
      vpcId: this.vpcId,
      tags: { Name: Stack.of(this).names.for("internet-gateway") },
    });
    for (const subnet of this.publicSubnets) subnet.addDefaultRoute({ gatewayId: gateway.id });
  }

  #routeThroughNat(count: number): void {
    const { names } = Stack.of(this);
    const gateways = this.publicSubnets.slice(0, count).map((subnet, index) => {
      const name = names.for(`nat-gateway-${index + 1}`);
      const address = new aws.Eip(subnet, "NatAddress", { domain: "vpc", tags: { Name: name } });
      const gateway = new aws.NatGateway(subnet, "NatGateway", {
        subnetId: subnet.subnetId,
        allocationId: address.id,
        tags: { Name: name },
      });
      // A NAT gateway without a way to the internet fails, and must go before that way does.
      dependsOn(gateway, [subnet]);
      return gateway;
    });
    this.privateSubnets.forEach((subnet, index) => {
      subnet.addDefaultRoute({ natGatewayId: gateways[index % count]!.id });
    });
  }

  /** Traffic to S3 (image layers, above all) goes past the NAT gateways, free of charge. */
  addS3GatewayEndpoint(id: string): void {
    const stack = Stack.of(this);
    new aws.VpcEndpoint(this, id, {
      vpcId: this.vpcId,
      vpcEndpointType: "Gateway",
      serviceName: `com.amazonaws.${stack.region}.s3`,
      routeTableIds: this.privateSubnets.map((subnet) => subnet.routeTableId),
      tags: { Name: stack.names.for("vpc-endpoint-s3") },
    });
  }

  /** Records accepted and rejected connections of the whole network. */
  addFlowLog(id: string, props: Omit<FlowLogProps, "vpc"> = {}): FlowLog {
    return new FlowLog(this, id, { vpc: this, ...props });
  }
}
