import { CLOUDFRONT_PROVIDER, CLOUDFRONT_REGION, HOME_REGION } from "../../local/regions.ts";
import {
  type Configuration,
  embeddedJson,
  type Json,
  type JsonObject,
  valuesAt,
} from "../../local/terraform-json/index.ts";
import { alarmsOf } from "../alarms.ts";
import { isEmitted } from "./emitted.ts";
import { boundsOf } from "./ringing.ts";
import { demand, each, type Violation } from "./rule.ts";

const PAGE_WIDTH = 24;
/** What each board shows, from top to bottom: the one as a request runs, the other what it costs. */
const PARTS = ["Customers, Edge, Load balancer, Tasks, Database, Around it", "Cost drivers"];

/** That the dashboards show every alarm, draw what is emitted, and fill the page. */
export function dashboards(config: Configuration): Violation[] {
  const boards = config.of("aws_cloudwatch_dashboard");
  const widgets = boards.flatMap((board) =>
    (valuesAt(embeddedJson(board.get("dashboard_body")), "widgets") as JsonObject[]).map((widget) => ({
      board,
      widget,
    })),
  );
  const shown = new Set(
    widgets
      .flatMap(({ widget }) => config.targets(widget, "aws_cloudwatch_metric_alarm"))
      .map(({ address }) => address),
  );
  return [
    ...demand(
      boards.length === 2,
      "aws_cloudwatch_dashboard",
      "Make two: one of the requests, one of the costs.",
    ),
    ...each(
      alarmsOf(config, undefined).map(({ block }) => block),
      ({ address }) => shown.has(address),
      "Show it on a dashboard, in the part that it is about.",
    ),
    ...each(
      boards,
      (board) => PARTS.includes(headings(widgets.filter((each) => each.board === board))),
      `Let its parts stand from top to bottom in this order: ${PARTS.join("; or ")}.`,
    ),
    ...widgets
      .filter(({ widget }) => !isPlaced(widget) || !isDrawn(config, widget))
      .map(({ board, widget }) => ({
        address: board.address,
        message: `Widget '${valuesAt(widget, "properties.title")[0] ?? widget.type}': let it lie within the page, and draw metrics that are emitted.`,
      })),
    ...each(
      boards,
      (board) => {
        const lines = widgets
          .filter((each) => each.board === board)
          .flatMap(({ widget }) => valuesAt(widget.properties, "metrics"))
          .map((line) => JSON.stringify(line));
        return new Set(lines).size === lines.length;
      },
      "Draw each line once: what stands in a second graph is missing in the first one's place.",
    ),
    ...boards.flatMap((board) =>
      overlapping(
        board.address,
        widgets.filter((each) => each.board === board).map(({ widget }) => widget),
      ),
    ),
  ];
}

/** The headings of a board in the order in which one reads them. */
const headings = (widgets: readonly { readonly widget: JsonObject }[]) =>
  widgets
    .map(({ widget }) => widget)
    .filter(({ type }) => type === "text")
    .toSorted((one, other) => Number(one.y) - Number(other.y))
    .map((widget) => /^## (.+)/.exec(String(valuesAt(widget, "properties.markdown")[0]))?.[1])
    .join(", ");

function isPlaced({ x, y, width, height }: JsonObject): boolean {
  return (
    [x, y, width, height].every(Number.isInteger) &&
    Number(x) >= 0 &&
    Number(y) >= 0 &&
    Number(width) >= 4 &&
    Number(height) >= 2 &&
    Number(height) <= 12 &&
    Number(x) + Number(width) <= PAGE_WIDTH
  );
}

function overlapping(address: string, widgets: readonly JsonObject[]): Violation[] {
  const end = (start: Json | undefined, length: Json | undefined) => Number(start) + Number(length);
  const overlap = widgets.some((one, index) =>
    widgets
      .slice(index + 1)
      .some(
        (other) =>
          Number(one.x) < end(other.x, other.width) &&
          Number(other.x) < end(one.x, one.width) &&
          Number(one.y) < end(other.y, other.height) &&
          Number(other.y) < end(one.y, one.height),
      ),
  );
  const covered = widgets.reduce((sum, { width, height }) => sum + Number(width) * Number(height), 0);
  const bottom = Math.max(0, ...widgets.map(({ y, height }) => end(y, height)));
  return [
    ...demand(!overlap, address, "Two of its widgets lie on each other: move one."),
    ...demand(
      covered === bottom * PAGE_WIDTH,
      address,
      "Its widgets leave a gap: let each row fill the page.",
    ),
  ];
}

/** A text, alarms of this stack, or lines of which each is emitted or computed. */
function isDrawn(config: Configuration, widget: JsonObject): boolean {
  const properties = (widget.properties ?? {}) as JsonObject;
  const hasOnly = (...known: string[]) => Object.keys(properties).every((key) => known.includes(key));
  // No address in it: whoever looks at the page would ask for the picture.
  if (widget.type === "text")
    return (
      hasOnly("markdown") && isText(properties.markdown) && !/[[<]|:\/\//.test(String(properties.markdown))
    );
  if (widget.type === "alarm") {
    const alarms = valuesAt(properties, "alarms");
    return (
      hasOnly("title", "alarms") &&
      isText(properties.title) &&
      alarms.length > 0 &&
      new Set(alarms).size === alarms.length &&
      alarms.every((arn) => /^\$\{aws_cloudwatch_metric_alarm\.\w+\.arn\}$/.test(String(arn)))
    );
  }
  if (widget.type !== "metric" || properties.view !== "timeSeries" || properties.region !== HOME_REGION)
    return false;
  const lines = (properties.metrics ?? []) as readonly Json[];
  return (
    hasOnly("title", "view", "region", "metrics", "annotations") &&
    isText(properties.title) &&
    Array.isArray(lines) &&
    lines.length > 0 &&
    lines.every((line) => isLine(config, line)) &&
    isAnnotated(config, properties.annotations)
  );
}

/** A line across a graph is at what scaling is bound by. */
function isAnnotated(config: Configuration, annotations: Json | undefined): boolean {
  if (annotations === undefined) return true;
  const { mostTasks, fewestTasks, cpuTarget } = boundsOf(config, []);
  const bounds: Readonly<Record<string, number>> = {
    minimum: fewestTasks,
    maximum: mostTasks,
    target: cpuTarget,
  };
  return (
    Object.keys(annotations as JsonObject).join() === "horizontal" &&
    (valuesAt(annotations, "horizontal") as JsonObject[]).every(
      ({ label, value, ...rest }) => bounds[String(label)] === value && Object.keys(rest).length === 0,
    )
  );
}

/** `[namespace, metric, dimension, value, …, { stat, period, label, region, yAxis }]` */
function isLine(config: Configuration, line: Json): boolean {
  if (!Array.isArray(line)) return false;
  const how = line.at(-1) as JsonObject;
  if (typeof how !== "object" || how === null || (line.length - 3) % 2 !== 0) return false;
  const [namespace, metricName, ...rest] = line.slice(0, -1).map(String);
  const dimensions = Object.fromEntries(
    rest.flatMap((name, index) => (index % 2 === 0 ? [[name, rest[index + 1]!]] : [])),
  );
  const series = {
    id: "line",
    namespace: namespace!,
    metricName: metricName!,
    dimensions,
    statistic: String(how.stat),
    period: Number(how.period),
  };
  const group = config.targets(dimensions.LogGroupName ?? null)[0];
  const region = group
    ? group.get("provider") === CLOUDFRONT_PROVIDER
      ? CLOUDFRONT_REGION
      : HOME_REGION
    : undefined;
  return (
    isEmitted(config, series, how.region === CLOUDFRONT_REGION ? CLOUDFRONT_PROVIDER : undefined) &&
    (region === undefined || how.region === region) &&
    [HOME_REGION, CLOUDFRONT_REGION].includes(String(how.region)) &&
    series.period === 60 &&
    isWhoseItSays(String(how.label), dimensions.Role) &&
    isWhatItSays(String(how.label), series.statistic) &&
    Object.keys(how).every((key) => ["stat", "period", "label", "region", "yAxis"].includes(key)) &&
    typeof how.label === "string" &&
    how.label.length > 0 &&
    ["left", "right"].includes(String(how.yAxis))
  );
}

/** A line of the writer or the reader is of the instance that its label names. */
const isWhoseItSays = (label: string, role: string | undefined) =>
  role === undefined || label.startsWith(role.toLowerCase());

/** A percentile that a label names is the one that is drawn. */
const isWhatItSays = (label: string, statistic: string) =>
  (/\bp\d+\b/.exec(label)?.[0] ?? statistic) === statistic;

const isText = (value: Json | undefined) => typeof value === "string" && /\w{3}/.test(value);
