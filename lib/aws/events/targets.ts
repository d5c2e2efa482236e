import { Lazy, type TerraformResource } from "cdktn";
import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { Stack } from "../core/index.ts";
import { PolicyStatement, policyDocument } from "../iam/index.ts";
import type { LogGroup } from "../logs/index.ts";
import type { Topic } from "../sns/index.ts";
import type { IRuleTarget, Rule, RuleTargetConfig } from "./rule.ts";

/** EventBridge writes by the second of these, and asks by either. */
const WRITERS = ["delivery.logs.amazonaws.com", "events.amazonaws.com"];

export interface CloudWatchLogGroupProps {
  readonly logGroup: LogGroup;
}

/**
 * Writes matching events to a log group, one JSON object each. A log group's policy is one of ten that CloudWatch Logs
 * allows in a region of an account, so there is one for all rules.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
 */
export class CloudWatchLogGroup extends Construct implements IRuleTarget {
  readonly dependables: readonly TerraformResource[];
  readonly #logGroup: LogGroup;
  readonly #rules: string[] = [];

  constructor(scope: Construct, id: string, props: CloudWatchLogGroupProps) {
    super(scope, id);
    this.#logGroup = props.logGroup;
    const resources = [`${props.logGroup.logGroupArn}:*`];
    const statements = () => [
      new PolicyStatement({
        principal: { services: WRITERS },
        actions: ["logs:CreateLogStream"],
        resources,
      }),
      new PolicyStatement({
        principal: { services: WRITERS },
        actions: ["logs:PutLogEvents"],
        resources,
        conditions: { ArnEquals: { "aws:SourceArn": this.#rules } },
      }),
    ];
    const policy = new aws.CloudwatchLogResourcePolicy(this, "Permission", {
      policyName: Stack.of(this).names.for("events-to-logs"),
      policyDocument: Lazy.stringValue({ produce: () => policyDocument(statements()) }),
    });
    this.dependables = [policy];
  }

  bind(rule: Rule): RuleTargetConfig {
    this.#rules.push(rule.ruleArn);
    return { arn: this.#logGroup.logGroupArn };
  }
}

/** Tells a topic of each matching event. */
export class SnsTopic implements IRuleTarget {
  readonly dependables: readonly TerraformResource[];
  readonly #topic: Topic;

  constructor(topic: Topic) {
    this.#topic = topic;
    this.dependables = topic.dependables;
  }

  bind(rule: Rule): RuleTargetConfig {
    this.#topic.addToResourcePolicy(
      new PolicyStatement({
        sid: rule.node.id,
        principal: { services: ["events.amazonaws.com"] },
        actions: ["sns:Publish"],
        resources: [this.#topic.topicArn],
        conditions: { ArnEquals: { "aws:SourceArn": rule.ruleArn } },
      }),
    );
    return { arn: this.#topic.topicArn };
  }
}
