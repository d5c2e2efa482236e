import { Lazy, type TerraformResource } from "cdktn";
import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { accountId, type IDependable, kindOf, Stack } from "../core/index.ts";
import { PolicyStatement, policyDocument } from "../iam/index.ts";

export interface TopicProps {
  /**
   * Where the topic is. CloudWatch alarms can only notify a topic of their own region.
   * @default - the stack's region
   */
  readonly region?: string;
}

/** A topic that alarms publish to. Not encrypted with KMS: CloudWatch could not use the AWS-managed key. */
export class Topic extends Construct implements IDependable {
  readonly topicArn: string;
  /** What must be there before anybody can publish. */
  readonly dependables: readonly TerraformResource[];
  readonly #statements: PolicyStatement[] = [];
  readonly #region?: string;

  constructor(scope: Construct, id: string, props: TopicProps = {}) {
    super(scope, id);
    const stack = Stack.of(this);
    const name = stack.names.for(kindOf(id, "topic"));
    this.#region = props.region;
    const topic = new aws.SnsTopic(this, "Resource", {
      provider: this.#provider,
      name,
      tags: { Name: name },
    });
    this.topicArn = topic.arn;
    // A policy of its own takes the place of the default, which lets the account's alarms publish: they are named in it.
    const policy = new aws.SnsTopicPolicy(this, "Policy", {
      provider: this.#provider,
      arn: this.topicArn,
      policy: Lazy.stringValue({ produce: () => policyDocument(this.#statements) }),
    });
    this.dependables = [policy];
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: "Alarms",
        principal: { services: ["cloudwatch.amazonaws.com"] },
        actions: ["sns:Publish"],
        resources: [this.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": accountId(this) } },
      }),
    );
  }

  addToResourcePolicy(statement: PolicyStatement): void {
    this.#statements.push(statement);
  }

  /** Sends every message to an address, once its owner has confirmed the mail that AWS sends. */
  addEmailSubscription(address: string): void {
    new aws.SnsTopicSubscription(this, "Email", {
      provider: this.#provider,
      topicArn: this.topicArn,
      protocol: "email",
      endpoint: address,
    });
  }

  get #provider() {
    return this.#region ? Stack.of(this).providerFor(this.#region) : undefined;
  }
}
