const { RemovalPolicy } = require("aws-cdk-lib/core");
const events = require("aws-cdk-lib/aws-events");
const targets = require("aws-cdk-lib/aws-events-targets");
const logs = require("aws-cdk-lib/aws-logs");
const { Construct } = require("constructs");

/** What ECS says of the service, kept in a log group; failed deployments go to the topic as well. */
class Events extends Construct {
  constructor(scope, id, { cluster, name, service, topic }) {
    super(scope, id);
    this.logGroup = new logs.LogGroup(this, "LogGroup", {
      logGroupName: `/aws/events/${name("ecs")}`,
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // With a policy of its own: CDK's default is a custom resource, another function, for each target.
    const kept = new targets.CloudWatchLogGroup(this.logGroup, { installLatestAwsSdk: false });
    const ofTasks = (stopCode) => ({
      source: ["aws.ecs"],
      detailType: ["ECS Task State Change"],
      detail: { clusterArn: [cluster.clusterArn], lastStatus: ["STOPPED"], stopCode },
    });
    const rule = (ruleId, kind, description, eventPattern, ...more) =>
      new events.Rule(this, ruleId, {
        ruleName: name(`rule-${kind}`),
        description,
        eventPattern,
        targets: [kept, ...more],
      });
    this.rules = {
      deploymentFailures: rule(
        "DeploymentFailures",
        "deployment-failures",
        "Deployments of the API that failed, and were rolled back",
        {
          source: ["aws.ecs"],
          detailType: ["ECS Deployment State Change"],
          resources: events.Match.suffix(`:service/${cluster.clusterName}/${service.serviceName}`),
          detail: { eventName: ["SERVICE_DEPLOYMENT_FAILED"] },
        },
        new targets.SnsTopic(topic),
      ),
      spotInterruptions: rule(
        "SpotInterruptions",
        "spot-interruptions",
        "Tasks whose capacity Fargate Spot took back",
        ofTasks(["SpotInterruption", "TerminationNotice"]),
      ),
      taskFailures: rule(
        "TaskFailures",
        "task-failures",
        "Tasks that could not start, or ended by themselves",
        ofTasks(["TaskFailedToStart", "EssentialContainerExited"]),
      ),
      taskStops: rule(
        "TaskStops",
        "task-stops",
        "Every task that stopped for another reason, and why",
        ofTasks(["ServiceSchedulerInitiated", "UserInitiated"]),
      ),
    };
  }
}

module.exports = { Events };
