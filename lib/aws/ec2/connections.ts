import type { TerraformResource } from "cdktn";
import { type IDependable, ValidationError } from "../core/index.ts";
import { Peer } from "./peer.ts";
import type { Port } from "./port.ts";
import type { SecurityGroup } from "./security-group.ts";

/** Something with a network side. */
export interface IConnectable {
  readonly connections: Connections;
}

export interface ConnectionsProps {
  readonly securityGroup: SecurityGroup;
  /**
   * Where the construct listens.
   * @default - it listens nowhere; `allowDefaultPortFrom` throws
   */
  readonly defaultPort?: Port;
}

/**
 * The only way to open a port. Between two constructs it writes both halves, the egress rule of the one and the
 * ingress rule of the other, since no security group here has an open egress.
 */
export class Connections implements IConnectable, IDependable {
  readonly connections = this;
  readonly securityGroup: SecurityGroup;
  readonly defaultPort?: Port;

  constructor(props: ConnectionsProps) {
    this.securityGroup = props.securityGroup;
    this.defaultPort = props.defaultPort;
  }

  /** Lets `other` connect to the port that this construct listens on. @throws ValidationError when it listens nowhere */
  allowDefaultPortFrom(other: IConnectable, description: string): void {
    if (!this.defaultPort) {
      throw new ValidationError(this.securityGroup, "it has no default port: use allowFrom with a port.");
    }
    this.allowFrom(other, this.defaultPort, description);
  }

  /** Lets `other` connect to `port` of this construct. */
  allowFrom(other: IConnectable, port: Port, description: string): void {
    const theirs = other.connections.securityGroup;
    this.securityGroup.addIngressRule(theirs, port, description);
    theirs.addEgressRule(this.securityGroup, port, description);
  }

  /** Lets this construct connect to any IPv4 address on `port`. */
  allowToAnyIpv4(port: Port, description: string): void {
    this.securityGroup.addEgressRule(Peer.anyIpv4(), port, description);
  }

  /** The rules, for whatever must not start before it can connect. */
  get dependables(): readonly TerraformResource[] {
    return this.securityGroup.dependables;
  }
}
