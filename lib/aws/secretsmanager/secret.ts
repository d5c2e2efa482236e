import type { TerraformResource } from "cdktn";
import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { type IDependable, Stack, ValidationError } from "../core/index.ts";
import { type IGrantable, PolicyStatement } from "../iam/index.ts";

export interface SecretProps {
  readonly description: string;
  /** What the secret is called before suffix and version: `db-password` → `db-password-<suffix>-v1`. */
  readonly resourceType: string;
  /**
   * Ends the name. Raising it replaces the secret by one with a new name and value, and whatever reads it follows in
   * the same apply. It also steps around a name that is still pending deletion.
   * @default 1
   */
  readonly version?: number;
  /**
   * Id that the construct had in an earlier release, in the same scope: the secret stays as it is.
   * @default - it had none
   */
  readonly formerId?: string;
  /**
   * Characters of the generated value; letters and digits only, so that it fits a URL, a header and PostgreSQL.
   * @default 40
   */
  readonly passwordLength?: number;
}

/**
 * A generated secret. Its value is made by Secrets Manager while Terraform applies, and written through a write-only
 * argument: it is in no state file, no plan and no synthesised JSON (Terraform ≥ 1.11).
 *
 * Terraform writes it once; a value that an operator puts later stays until `version` is raised.
 */
export class Secret extends Construct implements IDependable {
  readonly secretArn: string;
  readonly version: number;
  readonly #kind: string;
  readonly #version: aws.SecretsmanagerSecretVersion;

  /** @throws ValidationError for a version below 1 or a value shorter than 24 characters. */
  constructor(scope: Construct, id: string, props: SecretProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const { version = 1, passwordLength = 40 } = props;
    if (!Number.isInteger(version) || version < 1)
      throw new ValidationError(this, `version ${version}: use 1, 2, 3 …`);
    if (passwordLength < 24)
      throw new ValidationError(this, `passwordLength ${passwordLength} is too short: use 24 or more.`);
    const name = `${stack.names.for(props.resourceType)}-v${version}`;
    const secret = new aws.SecretsmanagerSecret(this, "Resource", {
      name,
      description: props.description,
      // 0 deletes at once; anything else blocks the name for that many days.
      recoveryWindowInDays: stack.destroyable ? 0 : 30,
      // Whoever reads the secret moves on to the new one first.
      lifecycle: { createBeforeDestroy: true },
      tags: { Name: name },
    });
    const value = new aws.EphemeralAwsSecretsmanagerRandomPassword(this, "Value", {
      passwordLength,
      excludePunctuation: true,
    });
    this.#version = new aws.SecretsmanagerSecretVersion(this, "Version", {
      secretId: secret.id,
      secretStringWo: value.randomPassword,
      secretStringWoVersion: version,
      lifecycle: { createBeforeDestroy: true },
    });
    if (props.formerId) {
      const former = (child: string) => stack.formerName(scope, props.formerId!, child);
      stack.moved(`${secret.terraformResourceType}.${former("Resource")}`, secret);
      stack.moved(`${this.#version.terraformResourceType}.${former("Version")}`, this.#version);
    }
    this.#kind = props.resourceType;
    this.secretArn = secret.arn;
    this.version = version;
  }

  /**
   * The value, for a write-only argument of another resource. Read back from Secrets Manager, not taken from the
   * generator: an apply that failed half-way would else leave two different values.
   *
   * By the version's ARN, which is the secret's and unknown until the version is written: what is known is opened while Terraform
   * plans, whatever it depends on, and after an apply that broke off between secret and version no plan would succeed again.
   */
  get ephemeralValue(): string {
    const id = "EphemeralValue";
    const existing = this.node.tryFindChild(id) as aws.EphemeralAwsSecretsmanagerSecretVersion | undefined;
    return (
      existing ??
      new aws.EphemeralAwsSecretsmanagerSecretVersion(this, id, {
        secretId: this.#version.arn,
        dependsOn: [this.#version],
      })
    ).secretString;
  }

  /**
   * The value as a plain argument: it will be in the state file, marked sensitive. Only for what lets nobody at data
   * and has no write-only argument. The audit names every use.
   */
  get valueInState(): string {
    const id = "ValueInState";
    const existing = this.node.tryFindChild(id) as aws.DataAwsSecretsmanagerSecretVersion | undefined;
    return (
      existing ??
      new aws.DataAwsSecretsmanagerSecretVersion(this, id, {
        secretId: this.#version.secretId,
        dependsOn: [this.#version],
      })
    ).secretString;
  }

  /** Lets the grantee read this secret and no other; while `version` is raised, the one before too. */
  grantRead(grantee: IGrantable): void {
    grantee.addToPolicy(
      new PolicyStatement({
        actions: ["secretsmanager:GetSecretValue"],
        resources: [this.secretArn],
        separate: { id: `Read${this.node.id}`, name: `read-${this.#kind}-v${this.version}` },
      }),
    );
  }

  /** A reader that starts before the first version exists fails: it must wait for this. */
  get dependables(): readonly TerraformResource[] {
    return [this.#version];
  }
}
