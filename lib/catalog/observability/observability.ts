import { Construct } from "constructs";
import { type Dashboard, QueryDefinition } from "../../aws/cloudwatch/index.ts";
import { CLOUDFRONT_REGION, Duration, kindOf } from "../../aws/core/index.ts";
import * as s3 from "../../aws/s3/index.ts";
import * as sns from "../../aws/sns/index.ts";
import { alarms } from "./alarms.ts";
import { costDashboard, requestDashboard } from "./dashboards.ts";
import { Events } from "./events.ts";
import type { Parts } from "./parts.ts";
import { QUERIES } from "./queries.ts";

/** The log bucket, the alarms that should wake somebody, the pages to look at then, and the queries to go on with. */
export class Observability extends Construct {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, parts: Parts) {
    super(scope, id);
    const bucket = new s3.Bucket(this, "Logs", { lifecycleRules: [{ expiration: Duration.days(30) }] });
    parts.api.balancer.logAccessLogs(bucket, "alb");

    // An alarm can only tell a topic of its own region, and the edge's metrics are in us-east-1.
    const topics = [
      new sns.Topic(this, "AlarmsTopic"),
      new sns.Topic(this, "EdgeAlarmsTopic", { region: CLOUDFRONT_REGION }),
    ] as const;
    const [regional, global] = topics;
    if (parts.settings.alarmEmail) {
      for (const topic of topics) topic.addEmailSubscription(parts.settings.alarmEmail);
    }
    const events = new Events(this, "Events", { api: parts.api, topic: regional });
    const watched = { ...parts, events };
    const byPart = alarms(this, watched);
    const all = Object.values(byPart).flat();
    for (const alarm of all) {
      const topic = alarm.region ? global : regional;
      alarm.addAlarmAction(topic);
      alarm.addOkAction(topic);
    }
    const judging = all.filter(({ node }) => JUDGE_A_DEPLOYMENT.includes(node.id));
    for (const service of [parts.api.service, parts.api.fallback])
      service?.enableDeploymentAlarms(judging.map(({ alarmName }) => alarmName));

    this.dashboard = requestDashboard(this, watched, byPart);
    costDashboard(this, watched);
    const logGroups = {
      api: parts.api.logGroup,
      database: parts.database.cluster.logGroup,
      edge: parts.edge.logGroup,
      network: parts.network.flowLog.logGroup,
      insights: parts.api.cluster.insightsLogGroup,
      events: events.logGroup,
    };
    for (const { title, of, queryString } of QUERIES) {
      new QueryDefinition(this, `Query${title}`, {
        title: kindOf(title),
        queryString,
        logGroups: [logGroups[of]],
      });
    }
  }
}

/** What a version that passes its health check and fails its customers sets off. Nothing in them refers to the service. */
const JUDGE_A_DEPLOYMENT = ["ApiErrors", "BalancerErrors", "SlowAnswers"];
