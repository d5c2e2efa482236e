import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { Metric, type MetricOptions } from "../cloudwatch/index.ts";
import { dependsOn, type IDependable, kindOf, Stack } from "../core/index.ts";

/** What an event must be like to match: EventBridge's event pattern. */
export interface EventPattern {
  readonly source: string[];
  readonly "detail-type": string[];
  readonly resources?: unknown[];
  readonly detail?: Record<string, unknown>;
}

/** What a rule needs to know of a target. */
export interface RuleTargetConfig {
  readonly arn: string;
}

/** Where matching events go. */
export interface IRuleTarget extends IDependable {
  /** Lets EventBridge deliver what this rule matches. */
  bind(rule: Rule): RuleTargetConfig;
}

export interface RuleProps {
  readonly description: string;
  readonly eventPattern: EventPattern;
  readonly targets: IRuleTarget[];
}

/** A rule on the default event bus. Events of AWS's own services cost nothing. */
export class Rule extends Construct {
  readonly ruleArn: string;
  readonly #ruleName: string;

  constructor(scope: Construct, id: string, props: RuleProps) {
    super(scope, id);
    const { names, destroyable } = Stack.of(this);
    const name = names.for(kindOf(id, "rule"), 64);
    const rule = new aws.CloudwatchEventRule(this, "Resource", {
      name,
      description: props.description,
      eventPattern: JSON.stringify(props.eventPattern),
      forceDestroy: destroyable,
      tags: { Name: name },
    });
    this.ruleArn = rule.arn;
    this.#ruleName = rule.name;
    props.targets.forEach((target, index) => {
      const { arn } = target.bind(this);
      const delivery = new aws.CloudwatchEventTarget(this, `Target${index + 1}`, {
        rule: rule.name,
        targetId: `target-${index + 1}`,
        arn,
        forceDestroy: destroyable,
      });
      dependsOn(delivery, [target]); // else the first events are dropped
    });
  }

  /** Events that matched. Missing, not 0, while none does. */
  metricMatchedEvents(options?: MetricOptions): Metric {
    return new Metric({
      namespace: "AWS/Events",
      metricName: "MatchedEvents",
      statistic: "Sum",
      dimensions: { RuleName: this.#ruleName },
      ...options,
    });
  }
}
