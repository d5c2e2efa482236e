import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { kindOf, Stack } from "../core/index.ts";

export interface TopicProps {
  /**
   * Where the topic is. CloudWatch alarms can only notify a topic of their own region.
   * @default - the stack's region
   */
  readonly region?: string;
}

/** A topic that alarms publish to. Not encrypted with KMS: CloudWatch could not use the AWS-managed key. */
export class Topic extends Construct {
  readonly topicArn: string;
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
