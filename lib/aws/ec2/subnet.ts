import type { TerraformResource } from "cdktn";
import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { type IDependable, kindOf, Stack } from "../core/index.ts";

export interface SubnetProps {
  readonly vpcId: string;
  readonly cidrBlock: string;
  readonly availabilityZone: string;
}

/** A subnet with a route table of its own. Addresses in it are private until something gives it a way out. */
export class Subnet extends Construct implements IDependable {
  readonly subnetId: string;
  readonly routeTableId: string;
  readonly availabilityZone: string;
  readonly cidrBlock: string;
  readonly #routes: TerraformResource[] = [];
  readonly #association: TerraformResource;

  constructor(scope: Construct, id: string, props: SubnetProps) {
    super(scope, id);
    const { names } = Stack.of(this);
    this.availabilityZone = props.availabilityZone;
    const subnet = new aws.Subnet(this, "Resource", {
      ...props,
      mapPublicIpOnLaunch: false, // only load balancers and NAT gateways stand in public subnets, with addresses of their own
      tags: { Name: names.for(kindOf(id, "subnet")) },
    });
    this.subnetId = subnet.id;
    this.cidrBlock = subnet.cidrBlock;
    const table = new aws.RouteTable(this, "RouteTable", {
      vpcId: props.vpcId,
      tags: { Name: names.for(kindOf(id, "route-table")) },
    });
    this.routeTableId = table.id;
    this.#association = new aws.RouteTableAssociation(this, "RouteTableAssociation", {
      subnetId: this.subnetId,
      routeTableId: this.routeTableId,
    });
  }

  /** The default route, through an internet gateway or a NAT gateway. */
  addDefaultRoute(via: { readonly gatewayId: string } | { readonly natGatewayId: string }): void {
    this.#routes.push(
      new aws.Route(this, "DefaultRoute", {
        routeTableId: this.routeTableId,
        destinationCidrBlock: "0.0.0.0/0",
        ...via,
      }),
    );
  }

  /** What must exist before something in the subnet can reach the internet. */
  get dependables(): readonly TerraformResource[] {
    return [...this.#routes, this.#association];
  }
}
