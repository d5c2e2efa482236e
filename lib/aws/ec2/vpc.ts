import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { Metric, type MetricOptions } from "../cloudwatch/index.ts";
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
   * Availability zones to use, by name, each with one public and one private subnet. By name, since a list that AWS is
   * asked for gets shorter in the hour a zone is withdrawn: a plan would then replace subnets.
   */
  readonly availabilityZones: readonly string[];
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
  readonly #natGatewayIds: string[] = [];

  /** @throws ValidationError when `natGateways` is not between 1 and the number of zones. */
  constructor(scope: Construct, id: string, props: VpcProps) {
    super(scope, id);
    const { names } = Stack.of(this);
    const { ipAddresses = "10.0.0.0/16", availabilityZones: zones, natGateways = zones.length } = props;
    if (natGateways < 1 || natGateways > zones.length) {
      throw new ValidationError(
        this,
        `natGateways ${natGateways} is not possible: use 1 to ${zones.length} (one per zone).`,
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
    this.publicSubnets = this.#subnets("Public", zones, blocks);
    this.privateSubnets = this.#subnets("Private", zones, blocks);
    this.#routeToInternet();
    this.#routeThroughNat(natGateways);
  }

  #subnets(kind: string, zones: readonly string[], blocks: Generator<string, never>): Subnet[] {
    return zones.map(
      (availabilityZone, index) =>
        new Subnet(this, `${kind}${index + 1}`, {
          vpcId: this.vpcId,
          cidrBlock: blocks.next().value,
          availabilityZone,
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
      // The gateway that a smaller number leaves out goes once its routes lead to another.
      const lifecycle = { createBeforeDestroy: true };
      const address = new aws.Eip(subnet, "NatAddress", { domain: "vpc", lifecycle, tags: { Name: name } });
      const gateway = new aws.NatGateway(subnet, "NatGateway", {
        subnetId: subnet.subnetId,
        allocationId: address.id,
        lifecycle,
        tags: { Name: name },
      });
      // A NAT gateway without a way to the internet fails, and must go before that way does.
      dependsOn(gateway, [subnet]);
      this.#natGatewayIds.push(gateway.id);
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

  /** Connections that found no free port at a NAT gateway, by gateway. */
  metricNatErrorPortAllocation(options?: MetricOptions): Metric[] {
    return this.#natMetrics("ErrorPortAllocation", options);
  }

  /** Bytes that left through each NAT gateway: what its traffic is charged by. */
  metricNatBytesOut(options?: MetricOptions): Metric[] {
    return this.#natMetrics("BytesOutToDestination", options);
  }

  #natMetrics(metricName: string, options?: MetricOptions): Metric[] {
    return this.#natGatewayIds.map(
      (id, index) =>
        new Metric({
          namespace: "AWS/NATGateway",
          metricName,
          statistic: "Sum",
          dimensions: { NatGatewayId: id },
          label: `NAT gateway ${index + 1}`,
          ...options,
        }),
    );
  }

  /** Records accepted and rejected connections of the whole network. */
  addFlowLog(id: string, props: Omit<FlowLogProps, "vpc"> = {}): FlowLog {
    return new FlowLog(this, id, { vpc: this, ...props });
  }
}
