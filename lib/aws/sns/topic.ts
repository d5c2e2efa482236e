import { Construct } from "constructs";
import { kebabCase, Stack } from "../core/index.ts";
import { SnsTopic, SnsTopicSubscription } from "./bindings.cjs";

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
    const name = stack.names.for(`topic-${kebabCase(id.replace(/Topic$/, ""))}`);
    this.#region = props.region;
    const topic = new SnsTopic(this, "Resource", { provider: this.#provider, name, tags: { Name: name } });
    this.topicArn = topic.arn;
  }

  /** Sends every message to an address, once its owner has confirmed the mail that AWS sends. */
  addEmailSubscription(address: string): void {
    new SnsTopicSubscription(this, "Email", {
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
