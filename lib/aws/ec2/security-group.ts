import type { TerraformResource } from "cdktn";
import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { type IDependable, kindOf, Stack } from "../core/index.ts";
import { Connections, type IConnectable } from "./connections.ts";
import type { IPeer } from "./peer.ts";
import type { Port } from "./port.ts";
import type { Vpc } from "./vpc.ts";

export interface SecurityGroupProps {
  readonly vpc: Vpc;
  readonly description: string;
  /**
   * Purpose, the middle of the name: `security-group-<purpose>-<suffix>` (AWS reserves names that begin with `sg-`).
   * @default - the id in kebab case
   */
  readonly purpose?: string;
  /**
   * Where its owner listens.
   * @default - it listens nowhere; `connections.allowDefaultPortFrom` throws
   */
  readonly defaultPort?: Port;
}

interface RuleProps {
  readonly peer: IPeer;
  readonly port: Port;
  readonly description: string;
}

/** A rule that lets a prefix list in. */
export interface PrefixListRuleProps extends RuleProps {
  /** The group that the rule stands in. */
  readonly group: SecurityGroup;
}

/**
 * A security group without any rule: neither ingress nor egress (Terraform removes the open egress that AWS adds).
 * Rules are standalone resources, since inline rules fight with them (hashicorp/terraform-provider-aws#32379), and are
 * written by `Connections`.
 */
export class SecurityGroup extends Construct implements IPeer, IConnectable, IDependable {
  readonly securityGroupId: string;
  readonly connections: Connections;
  readonly uniqueId: string;
  readonly #name: string;
  readonly #rules: TerraformResource[] = [];

  constructor(scope: Construct, id: string, props: SecurityGroupProps) {
    super(scope, id);
    this.#name = Stack.of(this).names.for(`security-group-${props.purpose ?? kindOf(id)}`);
    this.uniqueId = props.purpose ? scope.node.id : id; // a group inside of another construct is known by that
    const group = new aws.SecurityGroup(this, "Resource", {
      name: this.#name,
      description: props.description,
      vpcId: props.vpc.vpcId,
      tags: { Name: this.#name },
    });
    this.securityGroupId = group.id;
    this.connections = new Connections({ securityGroup: this, defaultPort: props.defaultPort });
  }

  get ruleTarget() {
    return { referencedSecurityGroupId: this.securityGroupId };
  }

  /** The rules: whoever needs a connection waits for them. */
  get dependables(): readonly TerraformResource[] {
    return this.#rules;
  }

  /** Used by `Connections`. */
  addIngressRule(peer: IPeer, port: Port, description: string): void {
    this.#rules.push(
      new aws.VpcSecurityGroupIngressRule(
        this,
        ruleId("From", peer, port),
        this.#rule("ingress", { peer, port, description }),
      ),
    );
  }

  /**
   * Used by listeners: the one rule by which a prefix list gets in. A changed port comes with another group: the new rule is
   * made before the old one goes, at the same address, which is why it is this group's child whatever group it stands in.
   */
  addPrefixListRule({ group, ...rule }: PrefixListRuleProps): TerraformResource {
    return new aws.VpcSecurityGroupIngressRule(this, `From${rule.peer.uniqueId}`, {
      ...group.#rule("ingress", rule),
      lifecycle: { createBeforeDestroy: true },
    });
  }

  /** Used by `Connections`. */
  addEgressRule(peer: IPeer, port: Port, description: string): void {
    this.#rules.push(
      new aws.VpcSecurityGroupEgressRule(
        this,
        ruleId("To", peer, port),
        this.#rule("egress", { peer, port, description }),
      ),
    );
  }

  #rule(direction: "ingress" | "egress", { peer, port, description }: RuleProps) {
    return {
      securityGroupId: this.securityGroupId,
      ipProtocol: "tcp",
      fromPort: port.number,
      toPort: port.number,
      description,
      tags: { Name: `${this.#name}-${direction}-${port.number}` },
      ...peer.ruleTarget,
    };
  }
}

function ruleId(direction: string, peer: IPeer, port: Port): string {
  return `${direction}${peer.uniqueId}On${port.number}`;
}
