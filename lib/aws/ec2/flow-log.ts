import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { type Duration, dependsOn, Stack } from "../core/index.ts";
import { Role } from "../iam/index.ts";
import { LogGroup } from "../logs/index.ts";
import type { Vpc } from "./vpc.ts";

export interface FlowLogProps {
  readonly vpc: Vpc;
  /** @default Duration.days(30) */
  readonly retention?: Duration;
}

/** The connections of a VPC, accepted and rejected, in a log group of its own. Aggregated over 10 minutes. */
export class FlowLog extends Construct {
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: FlowLogProps) {
    super(scope, id);
    const { names } = Stack.of(this);
    this.logGroup = new LogGroup(this, "LogGroup", {
      logGroupName: `/aws/vpc/${names.for("flow-logs")}`,
      retention: props.retention,
    });
    const role = new Role(this, "FlowLogsRole", {
      assumedBy: "vpc-flow-logs.amazonaws.com",
      description: "Writes the flow logs of the VPC",
    });
    this.logGroup.grantWrite(role);
    this.logGroup.grantDescribe(role);
    const flowLog = new aws.FlowLog(this, "Resource", {
      vpcId: props.vpc.vpcId,
      trafficType: "ALL",
      logDestination: this.logGroup.logGroupArn,
      iamRoleArn: role.roleArn,
      maxAggregationInterval: 600,
      tags: { Name: names.for("flow-log") },
    });
    dependsOn(flowLog, [role]); // else the first delivery is denied
  }
}
