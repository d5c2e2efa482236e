import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as events from "../../../lib/aws/events/index.ts";
import { LogGroup } from "../../../lib/aws/logs/index.ts";
import { Topic } from "../../../lib/aws/sns/index.ts";
import { templateOf } from "../../support/template.ts";

const PATTERN = { source: ["aws.ecs"], "detail-type": ["ECS Task State Change"] };

describe("Rule", () => {
  const template = templateOf((stack) => {
    const logGroup = new LogGroup(stack, "L", { logGroupName: "events-test" });
    const log = new events.CloudWatchLogGroup(stack, "ToLogs", { logGroup });
    const topic = new Topic(stack, "AlarmsTopic");
    for (const [id, targets] of [
      ["TasksRule", [log]],
      ["DeploymentsRule", [log, new events.SnsTopic(topic)]],
    ] as const)
      new events.Rule(stack, id, { description: "d", eventPattern: PATTERN, targets: [...targets] });
  });

  it("is named by its id and matches its pattern", () => {
    const [, tasks] = template.resources("aws_cloudwatch_event_rule");
    assert.equal(tasks!.name, "rule-tasks-test");
    assert.deepEqual(JSON.parse(tasks!.event_pattern), PATTERN);
  });

  it("delivers to each target once that lets it", () => {
    const targets = template.resources("aws_cloudwatch_event_target");
    assert.deepEqual(targets.map(({ target_id }) => target_id).sort(), ["target-1", "target-1", "target-2"]);
    for (const target of targets)
      assert.match(
        template.dependsOn(target).join(),
        target.target_id === "target-2" ? /^aws_sns_topic_policy\./ : /^aws_cloudwatch_log_resource_policy\./,
      );
  });

  it("shares one permission of a log group with all others, and names itself in it", () => {
    const { policy_document } = template.only("aws_cloudwatch_log_resource_policy");
    const [, write] = JSON.parse(policy_document).Statement;
    assert.equal(write.Condition.ArnEquals["aws:SourceArn"].length, 2);
  });

  it("may publish to a topic as itself alone", () => {
    const [, own] = JSON.parse(template.only("aws_sns_topic_policy").policy).Statement;
    assert.deepEqual([own.Sid, own.Principal.Service], ["DeploymentsRule", ["events.amazonaws.com"]]);
    assert.match(
      String(own.Condition.ArnEquals["aws:SourceArn"]),
      /aws_cloudwatch_event_rule\.DeploymentsRule/,
    );
  });
});
