import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { CLOUDFRONT_REGION, dependsOn, Stack } from "../core/index.ts";
import { allowLogDelivery, type LogGroup } from "../logs/index.ts";

/**
 * What a line says: who asked for what, and how it went. Each byte is paid for, of cached requests too; cookies, referers
 * and what TLS agreed on are left out.
 */
const FIELDS = [
  ...["date", "time", "x-edge-location", "x-edge-request-id", "c-ip", "cs-method", "x-host-header"],
  ...["cs-uri-stem", "cs-uri-query", "cs(User-Agent)", "cs-protocol", "cs-protocol-version"],
  ...["sc-status", "sc-bytes", "time-taken", "time-to-first-byte"],
  ...["x-edge-result-type", "x-edge-response-result-type", "x-edge-detailed-result-type"],
];

/**
 * Raise it with each change of the fields: it is in the destination's name, and a new destination has the delivery made anew.
 * The fields of one that stands cannot be changed: with each update the provider sends what AWS takes for S3 alone
 * (hashicorp/terraform-provider-aws#46108, in all of 5.x). The log group stays; for some seconds nothing is delivered.
 */
const FIELDS_VERSION = 2;

export interface LogDeliveryProps {
  readonly distributionArn: string;
  /** In us-east-1. */
  readonly logGroup: LogGroup;
}

/**
 * Standard logging v2 of a distribution: a source, a destination, and the delivery between them, all in us-east-1.
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
    const permission = allowLogDelivery(this, "Permission", { name, logGroup: props.logGroup });
    const destinationName = stack.names.for(`cloudfront-access-logs${FIELDS_VERSION}`, 60);
    const destination = new aws.CloudwatchLogDeliveryDestination(this, "Destination", {
      provider,
      name: destinationName,
      outputFormat: "json",
      deliveryDestinationConfiguration: [{ destinationResourceArn: props.logGroup.logGroupArn }],
      tags: { Name: destinationName },
    });
    const delivery = new aws.CloudwatchLogDelivery(this, "Resource", {
      provider,
      deliverySourceName: source.name,
      deliveryDestinationArn: destination.arn,
      recordFields: FIELDS,
      tags: { Name: name },
    });
    dependsOn(delivery, [permission]);
  }
}
