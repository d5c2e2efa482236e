import { Construct } from "constructs";
import { Stack } from "../../aws/core/index.ts";
import * as events from "../../aws/events/index.ts";
import * as logs from "../../aws/logs/index.ts";
import type * as sns from "../../aws/sns/index.ts";
import type { ApiService } from "../service.ts";

export interface EventsProps {
  readonly api: ApiService;
  /** Told of what somebody must know at once. */
  readonly topic: sns.Topic;
}

/**
 * What ECS says of the service: kept in a log group, since ECS itself forgets a stopped task within an hour. The topic is
 * told of failed deployments alone. That Spot takes a task, or that one stops, is everyday: alarms count those.
 */
export class Events extends Construct {
  readonly logGroup: logs.LogGroup;
  readonly deploymentFailures: events.Rule;
  readonly spotInterruptions: events.Rule;
  readonly taskFailures: events.Rule;

  constructor(scope: Construct, id: string, { api, topic }: EventsProps) {
    super(scope, id);
    this.logGroup = new logs.LogGroup(this, "LogGroup", {
      logGroupName: `/aws/events/${Stack.of(this).names.for("ecs")}`, // the console offers groups with this prefix
    });
    const kept = new events.CloudWatchLogGroup(this, "Kept", { logGroup: this.logGroup });
    const ofTasks = (stopCode: string[]): events.EventPattern => ({
      source: ["aws.ecs"],
      "detail-type": ["ECS Task State Change"],
      detail: {
        clusterArn: [api.cluster.clusterArn],
        lastStatus: ["STOPPED"],
        stopCode,
      },
    });
    this.deploymentFailures = new events.Rule(this, "DeploymentFailures", {
      description: "Deployments of the API that failed, and were rolled back",
      eventPattern: {
        source: ["aws.ecs"],
        "detail-type": ["ECS Deployment State Change"],
        resources: [{ suffix: `:service/${api.cluster.clusterName}/${api.service.serviceName}` }],
        detail: { eventName: ["SERVICE_DEPLOYMENT_FAILED"] },
      },
      targets: [kept, new events.SnsTopic(topic)],
    });
    this.spotInterruptions = new events.Rule(this, "SpotInterruptions", {
      description: "Tasks whose capacity Fargate Spot took back",
      eventPattern: ofTasks(["SpotInterruption", "TerminationNotice"]),
      targets: [kept],
    });
    this.taskFailures = new events.Rule(this, "TaskFailures", {
      description: "Tasks that could not start, or ended by themselves",
      eventPattern: ofTasks(["TaskFailedToStart", "EssentialContainerExited"]),
      targets: [kept],
    });
    new events.Rule(this, "TaskStops", {
      description: "Every task that stopped for another reason, and why",
      eventPattern: ofTasks(["ServiceSchedulerInitiated", "UserInitiated"]),
      targets: [kept],
    });
  }
}
