/** Reads the dashboards: widgets of text, of alarms, and of lines over time, each where it stands. */
import { identityOf } from "./emitted.ts";
import type { Block, Stack } from "./stack.ts";

interface Placed {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Line {
  identity: string;
  statistic: string;
  label: string;
  axis: "left" | "right";
}

export type Widget = Placed &
  (
    | { type: "text"; markdown: string }
    | { type: "alarm"; title: string; alarms: string[] }
    | { type: "metric"; title: string; lines: Line[]; levels: { label: string; value: number }[] }
  );

export interface DashboardBlueprint {
  address: string;
  name: string;
  widgets: Widget[];
}

type RawWidget = Placed & {
  type: string;
  properties: {
    markdown?: string;
    title?: string;
    alarms?: string[];
    metrics?: unknown[][];
    annotations?: { horizontal?: { label: string; value: number }[] };
  };
};

export function readDashboards(stack: Stack): DashboardBlueprint[] {
  const names = new Map(
    stack
      .all("aws_cloudwatch_metric_alarm")
      .map((alarm) => [String(alarm.attribute("arn")), alarm.text("alarm_name")]),
  );
  return stack.all("aws_cloudwatch_dashboard").map((dashboard) => ({
    address: dashboard.address,
    name: dashboard.text("dashboard_name"),
    widgets: readBody(dashboard).widgets.map((widget) => readWidget(dashboard, widget, names)),
  }));
}

function readBody(dashboard: Block): { widgets: RawWidget[] } {
  try {
    return JSON.parse(dashboard.text("dashboard_body"));
  } catch (error) {
    if (error instanceof SyntaxError) throw dashboard.error("dashboard_body", `is no JSON: ${error.message}`);
    throw error;
  }
}

function readWidget(dashboard: Block, widget: RawWidget, names: ReadonlyMap<string, string>): Widget {
  const { x, y, width, height, type, properties } = widget;
  const placed = { x, y, width, height };
  const { markdown = "", title = "", alarms = [], metrics = [], annotations } = properties;
  if (type === "text") return { ...placed, type, markdown };
  if (type === "alarm") return { ...placed, type, title, alarms: alarms.map((arn) => names.get(arn) ?? arn) };
  if (type !== "metric")
    throw dashboard.error("dashboard_body", `has a widget of type "${type}", which the preview cannot draw`);
  return { ...placed, type, title, lines: metrics.map(readLine), levels: annotations?.horizontal ?? [] };
}

/** `[namespace, metric, dimension, value, …, { stat, label, yAxis }]` */
function readLine(metric: unknown[]): Line {
  const { stat, label, yAxis } = metric.at(-1) as { stat: string; label: string; yAxis: Line["axis"] };
  const [namespace = "", metricName = "", ...pairs] = metric.slice(0, -1).map(String);
  const dimensions = Object.fromEntries(
    pairs.flatMap((name, index) => (index % 2 === 0 ? [[name, pairs[index + 1] ?? ""]] : [])),
  );
  return { identity: identityOf(namespace, metricName, dimensions), statistic: stat, label, axis: yAxis };
}
