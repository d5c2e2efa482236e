import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { kindOf, Stack } from "../core/index.ts";
import type { Alarm } from "./alarm.ts";
import type { IMetric } from "./metric.ts";

export interface GraphWidgetProps {
  readonly title: string;
  readonly left: IMetric[];
  /** @default - no right axis */
  readonly right?: IMetric[];
  /** Lines to compare with. @default - none */
  readonly leftAnnotations?: { readonly label: string; readonly value: number }[];
}

/** A heading over the rows that follow, and what to look for in them. */
export interface SectionProps {
  readonly heading: string;
  /** One sentence, in Markdown. */
  readonly text: string;
  /** Alarms of this part, red or green. @default - none */
  readonly alarms?: Alarm[];
  /** Rows of graphs; each row is as wide as the page. */
  readonly rows: GraphWidgetProps[][];
}

export interface DashboardProps {
  /** From top to bottom. */
  readonly sections: SectionProps[];
}

const PAGE_WIDTH = 24;
const HEADING_HEIGHT = 2;
const ROW_HEIGHT = 6;
/** Alarms that stand beside each other in an alarm widget of the page's width. */
const ALARMS_A_LINE = 6;

/** A CloudWatch dashboard. Its name is global to the account, so it carries the suffix. */
export class Dashboard extends Construct {
  readonly dashboardName: string;
  /** Where the next widget goes, from the top. */
  #y = 0;

  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const stack = Stack.of(this);
    this.dashboardName = stack.names.for(kindOf(id));
    new aws.CloudwatchDashboard(this, "Resource", {
      dashboardName: this.dashboardName,
      dashboardBody: JSON.stringify({ widgets: props.sections.flatMap((section) => this.#section(section)) }),
    });
  }

  #section({ heading, text, alarms = [], rows }: SectionProps): object[] {
    const states = alarms.map((alarm) => alarm.alarmArn);
    return [
      ...this.#across(HEADING_HEIGHT, [{ type: "text", properties: { markdown: `## ${heading}\n${text}` } }]),
      ...(states.length === 0
        ? []
        : this.#across(1 + Math.ceil(states.length / ALARMS_A_LINE), [
            { type: "alarm", properties: { title: `Alarms: ${heading}`, alarms: states } },
          ])),
      ...rows.flatMap((row) =>
        this.#across(
          ROW_HEIGHT,
          row.map((graph) => ({ type: "metric", properties: this.#graph(graph) })),
        ),
      ),
    ];
  }

  /** Widgets side by side, over the page's width. */
  #across(height: number, widgets: object[]): object[] {
    const width = Math.floor(PAGE_WIDTH / widgets.length);
    const placed = widgets.map((widget, x) => ({ ...widget, x: x * width, y: this.#y, width, height }));
    this.#y += height;
    return placed;
  }

  #graph({ title, left, right = [], leftAnnotations }: GraphWidgetProps): object {
    const { region } = Stack.of(this);
    const onAxis = (metrics: IMetric[], yAxis: "left" | "right") =>
      metrics.flatMap((metric, index) => metric.toGraphJson(region, { yAxis }, `${yAxis}${index}`));
    return {
      title,
      view: "timeSeries",
      region,
      metrics: [...onAxis(left, "left"), ...onAxis(right, "right")],
      ...(leftAnnotations && { annotations: { horizontal: leftAnnotations } }),
    };
  }
}
