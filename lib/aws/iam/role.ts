import { Lazy, type TerraformResource } from "cdktn";
import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { accountId, dependsOn, type IDependable, kindOf, Stack } from "../core/index.ts";
import { PolicyStatement, policyDocument } from "./policy.ts";

export interface RoleProps {
  /** The AWS service that assumes the role, for example `ecs-tasks.amazonaws.com`. */
  readonly assumedBy: string;
  readonly description: string;
  /**
   * Whether the trust policy names the account (`aws:SourceAccount`), so that the service cannot be talked into using the
   * role for somebody else (the confused deputy problem). Not every service sends it.
   * @default true
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
   */
  readonly thisAccountOnly?: boolean;
}

/** What a grant can be given to. */
export interface IGrantable {
  /** Adds a statement to what the grantee may do. */
  addToPolicy(statement: PolicyStatement): void;
}

/**
 * An IAM role that one AWS service of this account assumes. It can do nothing until something is granted to it.
 */
export class Role extends Construct implements IGrantable, IDependable {
  readonly roleName: string;
  readonly roleArn: string;
  readonly #statements: PolicyStatement[] = [];
  readonly #separate: aws.IamRolePolicy[] = [];
  #policy?: aws.IamRolePolicy;

  constructor(scope: Construct, id: string, props: RoleProps) {
    super(scope, id);
    const name = Stack.of(this).names.for(kindOf(id, "role"), 64);
    const role = new aws.IamRole(this, "Resource", {
      name,
      description: props.description,
      assumeRolePolicy: policyDocument([
        new PolicyStatement({
          actions: ["sts:AssumeRole"],
          resources: [],
          principal: { services: [props.assumedBy] },
          conditions:
            props.thisAccountOnly === false
              ? undefined
              : { StringEquals: { "aws:SourceAccount": accountId(this) } },
        }),
      ]),
      tags: { Name: name },
    });
    this.roleName = role.name;
    this.roleArn = role.arn;
  }

  addToPolicy(statement: PolicyStatement): void {
    if (statement.props.separate) this.#addSeparatePolicy(statement, statement.props.separate);
    else this.#addToDefaultPolicy(statement);
  }

  #addToDefaultPolicy(statement: PolicyStatement): void {
    // Granted twice: to two containers of a task, say.
    const text = policyDocument([statement]);
    if (this.#statements.some((known) => policyDocument([known]) === text)) return;
    this.#statements.push(statement);
    if (this.#policy) return;
    this.#policy = new aws.IamRolePolicy(this, "DefaultPolicy", {
      name: Stack.of(this).names.for("policy", 128),
      role: this.roleName,
      policy: Lazy.stringValue({ produce: () => policyDocument(this.#statements) }),
    });
    // What moves from this policy into one of its own is there before it is taken away here.
    dependsOn(this.#policy, this.#separate);
  }

  #addSeparatePolicy(statement: PolicyStatement, { id, name }: { id: string; name: string }): void {
    const policyId = `${id}Policy`;
    if (this.node.tryFindChild(policyId)) return;
    this.#separate.push(
      new aws.IamRolePolicy(this, policyId, {
        name: Stack.of(this).names.for(`policy-${name}`, 128),
        role: this.roleName,
        policy: policyDocument([statement]),
        lifecycle: { createBeforeDestroy: true },
      }),
    );
  }

  /**
   * What must exist before the role is of use, and must outlive whoever uses it: a service whose policy is destroyed
   * first hangs in DRAINING (hashicorp/terraform-provider-aws#3414).
   */
  get dependables(): readonly TerraformResource[] {
    return [...(this.#policy ? [this.#policy] : []), ...this.#separate];
  }
}
