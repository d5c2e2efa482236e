import { Lazy, type TerraformResource } from "cdktn";
import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { Stack } from "../core/index.ts";
import { PolicyStatement, policyDocument } from "../iam/index.ts";
import type { LogGroup } from "../logs/index.ts";
import type { Topic } from "../sns/index.ts";
import type { IRuleTarget, Rule } from "./rule.ts";

/** EventBridge writes by the second of these, and asks by either. */
const WRITERS = ["delivery.logs.amazonaws.com", "events.amazonaws.com"];

export interface LogGroupTargetProps {
  readonly logGroup: LogGroup;
}

/**
 * Writes matching events to a log group, one JSON object each. A log group's policy is one of ten that CloudWatch Logs
 * allows in a region of an account, so there is one for all rules.
 */
export class LogGroupTarget extends Construct implements IRuleTarget {
  readonly targetArn: string;
  readonly dependables: readonly TerraformResource[];
  readonly #rules: string[] = [];

  constructor(scope: Construct, id: string, props: LogGroupTargetProps) {
    super(scope, id);
    this.targetArn = props.logGroup.logGroupArn;
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

  admit(rule: Rule): void {
    this.#rules.push(rule.ruleArn);
  }
}

/** Tells a topic of each matching event. */
export class TopicTarget implements IRuleTarget {
  readonly targetArn: string;
  readonly dependables: readonly TerraformResource[];
  readonly #topic: Topic;

  constructor(topic: Topic) {
    this.#topic = topic;
    this.targetArn = topic.topicArn;
    this.dependables = topic.dependables;
  }

  admit(rule: Rule): void {
    this.#topic.addToResourcePolicy(
      new PolicyStatement({
        sid: rule.node.id,
        principal: { services: ["events.amazonaws.com"] },
        actions: ["sns:Publish"],
        resources: [this.#topic.topicArn],
        conditions: { ArnEquals: { "aws:SourceArn": rule.ruleArn } },
      }),
    );
  }
}
