import { UserError } from "../core/index.ts";

/** Who may use a role, or reach a resource through its own policy. */
export interface Principal {
  /** AWS services, for example `ecs-tasks.amazonaws.com`. */
  readonly services?: string[];
  /** `*`: anyone. Only sensible in a deny. */
  readonly anyone?: boolean;
}

export interface PolicyStatementProps {
  /** @default "Allow" */
  readonly effect?: "Allow" | "Deny";
  /** Each as `service:Action`; a wildcard for all actions is refused in an allow. */
  readonly actions: string[];
  readonly resources: string[];
  /** In a resource's or a trust policy: who. */
  readonly principal?: Principal;
  readonly conditions?: Record<string, Record<string, string | string[]>>;
  /** @default - none */
  readonly sid?: string;
  /**
   * For what a later apply may take away from under somebody who still uses it: the statement gets a policy of its own,
   * `id` within its role and `name` for what is granted. When the name changes, the new policy is made first, and the old
   * one goes once everything that depends on it has been changed.
   * @default - it is in the role's one policy, which changes in place
   */
  readonly separate?: { readonly id: string; readonly name: string };
}

/** One statement of an IAM policy document. */
export class PolicyStatement {
  readonly props: PolicyStatementProps;

  /** @throws UserError for an allow of all actions of a service: grant what is needed. */
  constructor(props: PolicyStatementProps) {
    const broad = props.actions.find((action) => action === "*" || action.endsWith(":*"));
    if (broad && props.effect !== "Deny") {
      throw new UserError(`A policy may not allow '${broad}': name the actions that are needed.`);
    }
    this.props = props;
  }

  toJson(): object {
    const { sid, effect = "Allow", principal, actions, resources, conditions } = this.props;
    return {
      ...(sid && { Sid: sid }),
      Effect: effect,
      ...(principal && { Principal: principal.anyone ? "*" : { Service: principal.services } }),
      Action: actions,
      // A trust policy has no resource: it is the role's own.
      ...(resources.length > 0 && { Resource: resources }),
      ...(conditions && { Condition: conditions }),
    };
  }
}

/** The JSON text of a policy document. Tokens in it are resolved by Terraform. */
export function policyDocument(statements: readonly PolicyStatement[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map((statement) => statement.toJson()),
  });
}
