const cloudwatch = require("aws-cdk-lib/aws-cloudwatch");
const actions = require("aws-cdk-lib/aws-cloudwatch-actions");
const logs = require("aws-cdk-lib/aws-logs");
const sns = require("aws-cdk-lib/aws-sns");
const { Construct } = require("constructs");
const { alarmsOf } = require("./alarms.js");
const { costDashboard, requestDashboard } = require("./dashboards.js");
const { Events } = require("./events.js");
const { metricsOf } = require("./metrics.js");
const QUERIES = require("./queries.json");

const kebabCase = (id) => id.replace(/([a-z])([A-Z])/g, "$1-$2").toLowerCase();
/** Those that a version sets off that fails its customers. */
const JUDGE_A_DEPLOYMENT = ["BalancerErrors", "ApiErrors", "SlowAnswers"];

/** The alarms and their two topics, ECS's events, the two dashboards and the saved queries. */
class Observability extends Construct {
  constructor(scope, id, parts) {
    super(scope, id);
    const { database, edgeLog, flowLog, insightsLog, logGroup: apiLog, name, service } = parts;
    const [regional, global] = ["Alarms", "EdgeAlarms"].map(
      (topic) => new sns.Topic(this, topic, { topicName: name(`topic-${kebabCase(topic)}`) }),
    );
    const events = new Events(this, "Events", { ...parts, topic: regional });
    const metrics = metricsOf({ ...parts, database: database.cluster, rules: events.rules });
    const alarm = ([alarmId, props]) => {
      const made = new cloudwatch.Alarm(this, alarmId, {
        alarmName: name(`alarm-${kebabCase(alarmId)}`),
        alarmDescription: `${alarmId}. Runbook: docs/MONITORING_GUIDE.md`,
        treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
        comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        datapointsToAlarm: props.evaluationPeriods,
        ...props,
      });
      const topic = alarmId.startsWith("Edge") || alarmId.startsWith("Availability") ? global : regional;
      made.addAlarmAction(new actions.SnsAction(topic));
      made.addOkAction(new actions.SnsAction(topic));
      return made;
    };
    const alarms = Object.fromEntries(
      Object.entries(alarmsOf(metrics, { apiLog, edgeLog, flowLog })).map(([part, each]) => [
        part,
        Object.entries(each).map(alarm),
      ]),
    );
    service.enableDeploymentAlarms(
      JUDGE_A_DEPLOYMENT.map((each) => name(`alarm-${kebabCase(each)}`)),
      { behavior: require("aws-cdk-lib/aws-ecs").AlarmBehavior.ROLLBACK_ON_ALARM },
    );
    this.dashboard = requestDashboard(this, { alarms, apiLog, edgeLog, flowLog, metrics, name });
    const logGroups = {
      API: apiLog,
      network: flowLog,
      database: database.log,
      "Container Insights": insightsLog,
      events: events.logGroup,
      edge: edgeLog,
    };
    costDashboard(this, { logGroups, metrics, name });
    const byName = {
      api: apiLog,
      database: database.log,
      edge: edgeLog,
      network: flowLog,
      insights: insightsLog,
      events: events.logGroup,
    };
    for (const { title, of, queryString } of QUERIES) {
      new logs.CfnQueryDefinition(this, `Query${title}`, {
        name: name(`query-${kebabCase(title)}`),
        queryString,
        logGroupNames: [byName[of].logGroupName],
      });
    }
  }
}

module.exports = { Observability };
