import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as sns from "../../../lib/aws/sns/index.ts";
import { templateOf } from "../../support/template.ts";

describe("Topic", () => {
  it("lets the account's alarms publish, and nobody else", () => {
    const template = templateOf((stack) => new sns.Topic(stack, "AlarmsTopic"));
    assert.equal(template.only("aws_sns_topic").name, "topic-alarms-test");
    const { Statement } = JSON.parse(template.only("aws_sns_topic_policy").policy);
    assert.equal(Statement.length, 1);
    const [{ Action, Principal, Condition }] = Statement;
    assert.deepEqual([Action, Principal.Service], [["sns:Publish"], ["cloudwatch.amazonaws.com"]]);
    assert.match(Condition.StringEquals["aws:SourceAccount"], /account_id/);
  });

  it("stands in another region with all that belongs to it", () => {
    const template = templateOf((stack) =>
      new sns.Topic(stack, "EdgeTopic", { region: "us-east-1" }).addEmailSubscription("a@example.com"),
    );
    for (const type of ["aws_sns_topic", "aws_sns_topic_policy", "aws_sns_topic_subscription"])
      assert.equal(template.only(type).provider, "aws.us-east-1", type);
    assert.equal(template.only("aws_sns_topic_subscription").endpoint, "a@example.com");
  });
});
