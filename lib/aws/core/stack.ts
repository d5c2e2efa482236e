import { join } from "node:path";
import {
  App,
  LocalBackend,
  S3Backend,
  type TerraformProvider,
  type TerraformResource,
  TerraformStack,
} from "cdktn";
import { Construct, type IConstruct, Node } from "constructs";
import * as aws from "../bindings.ts";
import { Duration } from "./duration.ts";
import { Names } from "./names.ts";

/** CloudFront, its log delivery, its metrics and its web ACLs live here, wherever the rest of the stack is. */
export const CLOUDFRONT_REGION = "us-east-1";

/** What both Terraform 1.11 and OpenTofu 1.11 brought: write-only arguments. */
const TARGET_VERSIONS = { terraform: ">=1.11.0", opentofu: ">=1.11.0" };

/** The same JSON is accepted by the last provider 5 and by 6.x. */
const PROVIDER_CONSTRAINT = ">= 5.100.0, < 7.0.0";

export interface StateBackendProps {
  /** The bucket of the state files. */
  readonly bucket: string;
  /** Region of bucket and lock table. */
  readonly region: string;
  /** Object key, one for each environment. */
  readonly key: string;
  /**
   * DynamoDB table that locks the state.
   * @default - no locking
   */
  readonly lockTable?: string;
}

export interface StackProps {
  readonly region: string;
  /** Ends every physical name. 1–16 characters of `[a-z0-9]` and inner hyphens. */
  readonly environmentSuffix: string;
  /**
   * Tags of every resource that can have any.
   * @default - none
   */
  readonly tags?: Record<string, string>;
  /**
   * Whether `terraform destroy` takes everything away: no deletion protection, no final snapshot, no recovery window,
   * buckets emptied. Constructs read it from here; none decides for itself.
   * @default true
   */
  readonly destroyable?: boolean;
  /**
   * How long log groups are kept that do not say so themselves.
   * @default Duration.days(30)
   */
  readonly logRetention?: Duration;
  /**
   * Where Terraform keeps its state.
   * @default - a local file for each environment, in the working directory
   */
  readonly backend?: StateBackendProps;
}

/**
 * The root of the constructs: the AWS providers, the state backend, and what is decided once for all (names, tags,
 * whether the environment can be destroyed).
 */
export class Stack extends TerraformStack {
  /** The stack that a construct is in. */
  static override of(construct: IConstruct): Stack {
    return TerraformStack.of(construct) as Stack;
  }

  readonly region: string;
  readonly names: Names;
  readonly tags: Readonly<Record<string, string>>;
  readonly destroyable: boolean;
  readonly logRetention: Duration;
  readonly #providers = new Map<string, TerraformProvider>();
  readonly #moved: { from: string; to: string }[] = [];

  /** @throws UserError for an environment suffix that no AWS name could carry. */
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id);
    this.region = props.region;
    this.names = new Names(props.environmentSuffix);
    this.tags = props.tags ?? {};
    this.destroyable = props.destroyable ?? true;
    this.logRetention = props.logRetention ?? Duration.days(30);
    this.node.setContext("targetVersions", TARGET_VERSIONS);
    this.providerFor(props.region);
    // The bindings pin the provider major that they were generated from; the configuration is valid on both.
    this.addOverride("terraform.required_providers.aws.version", PROVIDER_CONSTRAINT);
    this.addOverride("terraform.required_version", ">= 1.11.0");
    if (props.backend) {
      const { lockTable, ...backend } = props.backend;
      // Not `use_lockfile`, which came with Terraform 1.10: docs/DEPLOYMENT_GUIDE.md says why the table locks.
      new S3Backend(this, { ...backend, encrypt: true, dynamodbTable: lockTable });
    } else {
      // One file for each environment: with cdktn's default, one for the stack, a second environment replaces the first.
      new LocalBackend(this, {
        path: join(process.cwd(), `terraform.${id}.${props.environmentSuffix}.tfstate`),
      });
    }
  }

  /**
   * cdktn resolves every stack once beforehand, for what resolving brings to light: references between stacks, elements that a
   * Lazy adds, and functions and write-only arguments that the target versions lack. A stack on its own has none of the first;
   * the others are left to the tests, which resolve twice, and to Terraform 1.11 in the rehearsal: it takes a sixteenth of the
   * synthesis.
   */
  override prepareStack(): void {
    if (App.of(this).node.findAll().filter(TerraformStack.isStack).length > 1) super.prepareStack();
  }

  /**
   * The provider of a region; `undefined` for the stack's own, which is Terraform's default provider.
   * Deviation from CDK, where a region is a property of a stack: one Terraform configuration may span several.
   */
  providerFor(region: string): TerraformProvider | undefined {
    if (!this.#providers.has(region)) {
      const home = region === this.region;
      this.#providers.set(
        region,
        new aws.AwsProvider(this, home ? "aws" : `aws-${region}`, {
          region,
          alias: home ? undefined : region,
          defaultTags: [{ tags: this.tags }],
        }),
      );
    }
    return region === this.region ? undefined : this.#providers.get(region);
  }

  /**
   * The Terraform name of a resource that an earlier release had at this path of construct ids below `scope`, for a
   * `moved` block: what is in use keeps its resource under its new name.
   */
  formerName(scope: Construct, ...[id, ...ids]: [string, ...string[]]): string {
    let construct: Construct = new Construct(scope, id);
    const root = construct.node.id;
    for (const each of ids) construct = new Construct(construct, each);
    const name = this.getLogicalId(construct.node);
    scope.node.tryRemoveChild(root);
    return name;
  }

  /**
   * A `moved` block: an earlier release had the resource at that address. cdktn's own `moveFromId` has every synthesis run
   * `terraform version`, and fail where there is no Terraform.
   */
  moved(from: string, resource: TerraformResource): void {
    this.#moved.push({ from, to: `${resource.terraformResourceType}.${resource.friendlyUniqueId}` });
    this.addOverride("moved", this.#moved);
  }

  /** A data source or the like that is needed once per stack, however many constructs ask. */
  getOrCreate<T extends Construct>(id: string, make: (stack: Stack, id: string) => T): T {
    return (Node.of(this).tryFindChild(id) as T | undefined) ?? make(this, id);
  }
}
