import type { Body, Draft, Mutation } from "./draft.ts";

const alarm = (draft: Draft, part: string) => draft.first("aws_cloudwatch_metric_alarm", part);
const widgets = (draft: Draft, edit: (widgets: Body[]) => void) =>
  draft.editJson(draft.first("aws_cloudwatch_dashboard"), "dashboard_body", (body) => edit(body.widgets));

/** For each rule about alarms, events and dashboards, by its id, a change that breaks it; others may notice it too. */
export const ALARM_MUTATIONS: Readonly<Record<string, Mutation>> = {
  "every-outage-rings": (draft) => draft.remove("aws_cloudwatch_metric_alarm", "ReplicaLag"),
  "alarms-ring-in-time": (draft) => {
    alarm(draft, "DatabaseAway").treat_missing_data = "notBreaching";
  },
  "alarms-ring-at-their-edge": (draft) => {
    const [result] = alarm(draft, "ApiErrors").metric_query;
    result.expression = `0 * (${result.expression})`;
  },
  "alarm-metrics": (draft) => {
    alarm(draft, "ReaderMemory").dimensions = {};
  },
  "alarm-expressions": (draft) => {
    alarm(draft, "ApiErrors").metric_query[0].expression = "failures / 0)";
  },
  "alarm-roles": (draft) => {
    alarm(draft, "ReaderCpu").dimensions.Role = "WRITER";
  },
  "alarms-tell-somebody": (draft) => {
    delete alarm(draft, "EdgeErrors").ok_actions;
  },
  "deployment-alarms": (draft) => {
    draft.first("aws_ecs_service").alarms.rollback = false;
  },
  dashboards: (draft) =>
    widgets(draft, (all) => {
      all.find(({ type }) => type === "metric")!.properties.metrics[0][1] = "NoSuchMetric";
    }),

  "saved-queries": (draft) => {
    const queries = draft.all("aws_cloudwatch_query_definition");
    queries[0]!.log_group_names = queries.find(({ name }) =>
      name.includes("slow-statements"),
    )!.log_group_names;
  },

  "events-matched": (draft) =>
    draft.editJson(draft.first("aws_cloudwatch_event_rule", "Spot"), "event_pattern", ({ detail }) => {
      detail.stopCode.pop();
    }),
  "events-kept": (draft) => draft.remove("aws_cloudwatch_event_target", "TaskStops"),
  "events-admitted": (draft) =>
    draft.editJson(
      draft.first("aws_cloudwatch_log_resource_policy", "Events"),
      "policy_document",
      ({ Statement }) => {
        Statement[1].Condition.ArnEquals["aws:SourceArn"].pop();
      },
    ),
  "events-counted": (draft) => {
    alarm(draft, "TaskFailures").dimensions = alarm(draft, "SpotInterruptions").dimensions;
  },
};
