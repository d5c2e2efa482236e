import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { accountId, arn, CLOUDFRONT_REGION, dependsOn, Stack } from "../core/index.ts";
import { PolicyStatement, policyDocument } from "../iam/index.ts";
import type { LogGroup } from "../logs/index.ts";

export interface LogDeliveryProps {
  readonly distributionArn: string;
  /** In us-east-1. */
  readonly logGroup: LogGroup;
}

/**
 * Standard logging v2 of a distribution: a source, a destination, and the delivery between them, all in us-east-1. The
 * permission is spelt out, since the one that AWS would add by itself belongs to nobody and survives a destroy.
 * CloudWatch Logs allows ten such policies in a region of an account, so ten environments.
 */
export class LogDelivery extends Construct {
  constructor(scope: Construct, id: string, props: LogDeliveryProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const provider = stack.providerFor(CLOUDFRONT_REGION);
    const name = stack.names.for("cloudfront-access-logs", 60);
    const source = new aws.CloudwatchLogDeliverySource(this, "Source", {
      provider,
      name,
      logType: "ACCESS_LOGS",
      resourceArn: props.distributionArn,
      tags: { Name: name },
    });
    const permission = new aws.CloudwatchLogResourcePolicy(this, "Permission", {
      provider,
      policyName: name,
      policyDocument: policyDocument([
        new PolicyStatement({
          principal: { services: ["delivery.logs.amazonaws.com"] },
          actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
          resources: [`${props.logGroup.logGroupArn}:log-stream:*`],
          conditions: {
            StringEquals: { "aws:SourceAccount": accountId(this) },
            ArnLike: { "aws:SourceArn": arn(this, "logs", "*", CLOUDFRONT_REGION) },
          },
        }),
      ]),
    });
    const destination = new aws.CloudwatchLogDeliveryDestination(this, "Destination", {
      provider,
      name,
      outputFormat: "json",
      deliveryDestinationConfiguration: [{ destinationResourceArn: props.logGroup.logGroupArn }],
      tags: { Name: name },
    });
    const delivery = new aws.CloudwatchLogDelivery(this, "Resource", {
      provider,
      deliverySourceName: source.name,
      deliveryDestinationArn: destination.arn,
      tags: { Name: name },
    });
    dependsOn(delivery, [permission]);
  }
}
