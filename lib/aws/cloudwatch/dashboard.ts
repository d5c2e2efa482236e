import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { kindOf, Stack } from "../core/index.ts";
import type { Alarm } from "./alarm.ts";
import type { Metric } from "./metric.ts";

export interface GraphWidgetProps {
  readonly title: string;
  readonly left: Metric[];
  /** @default - no right axis */
  readonly right?: Metric[];
  /** Lines to compare with. @default - none */
  readonly leftAnnotations?: { readonly label: string; readonly value: number }[];
}

export interface DashboardProps {
  /** Rows of graphs; each row is as wide as the page. */
  readonly widgets: GraphWidgetProps[][];
  /** Shown on top, red or green. @default - none */
  readonly alarms?: Alarm[];
}

const PAGE_WIDTH = 24;
const ROW_HEIGHT = 6;

/** A CloudWatch dashboard. Its name is global to the account, so it carries the suffix. */
export class Dashboard extends Construct {
  readonly dashboardName: string;

  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const stack = Stack.of(this);
    this.dashboardName = stack.names.for(kindOf(id));
    const alarms = props.alarms ?? [];
    const top = alarms.length > 0 ? 3 : 0;
    const body = {
      widgets: [
        ...(top > 0
          ? [
              {
                type: "alarm",
                ...{ x: 0, y: 0, width: PAGE_WIDTH, height: top },
                properties: { title: "Alarms", alarms: alarms.map((alarm) => alarm.alarmArn) },
              },
            ]
          : []),
        ...props.widgets.flatMap((row, y) =>
          row.map((widget, x) => ({
            type: "metric",
            x: x * Math.floor(PAGE_WIDTH / row.length),
            y: top + y * ROW_HEIGHT,
            width: Math.floor(PAGE_WIDTH / row.length),
            height: ROW_HEIGHT,
            properties: this.#graph(widget),
          })),
        ),
      ],
    };
    new aws.CloudwatchDashboard(this, "Resource", {
      dashboardName: this.dashboardName,
      dashboardBody: JSON.stringify(body),
    });
  }

  #graph(widget: GraphWidgetProps): object {
    const { region } = Stack.of(this);
    const onAxis = (metrics: Metric[], yAxis: string) =>
      metrics.map((metric) => {
        const line = metric.toGraphJson(region);
        return [...line.slice(0, -1), { ...(line.at(-1) as object), yAxis }];
      });
    return {
      title: widget.title,
      view: "timeSeries",
      region,
      metrics: [...onAxis(widget.left, "left"), ...onAxis(widget.right ?? [], "right")],
      ...(widget.leftAnnotations && { annotations: { horizontal: widget.leftAnnotations } }),
    };
  }
}
