import type { TerraformResource } from "cdktn";
import type { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { accountId, arn, Stack } from "../core/index.ts";
import { PolicyStatement, policyDocument } from "../iam/index.ts";
import type { LogGroup } from "./log-group.ts";

/**
 * Lets AWS's log delivery write into a group: of what it delivers for this account. Spelt out, since the policy that AWS
 * would add by itself belongs to nobody and survives a destroy. CloudWatch Logs allows ten policies in a region of an account.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
 */
export function allowLogDelivery(
  scope: Construct,
  id: string,
  { name, logGroup }: { readonly name: string; readonly logGroup: LogGroup },
): TerraformResource {
  const stack = Stack.of(scope);
  const region = logGroup.region ?? stack.region;
  return new aws.CloudwatchLogResourcePolicy(scope, id, {
    provider: stack.providerFor(region),
    policyName: name,
    policyDocument: policyDocument([
      new PolicyStatement({
        principal: { services: ["delivery.logs.amazonaws.com"] },
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [`${logGroup.logGroupArn}:log-stream:*`],
        conditions: {
          StringEquals: { "aws:SourceAccount": accountId(scope) },
          ArnLike: { "aws:SourceArn": arn(scope, "logs", "*", region) },
        },
      }),
    ]),
  });
}
