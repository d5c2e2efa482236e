/** A dashboard as a picture: what CloudWatch would show of the same JSON and the same figures. */
import type { DashboardBlueprint, Line, Widget } from "../blueprint/dashboards.ts";
import { drawChart, escapeXml } from "../page/chart.js";

/** What is drawn: by minute, the oldest first; undefined for a series that AWS alone measures. */
export interface DashboardData {
  minutes: number;
  values(line: Line): (number | undefined)[] | undefined;
  stateOf(alarm: string): "OK" | "ALARM" | "INSUFFICIENT_DATA" | undefined;
}

/** Pixels of a step of CloudWatch's grid, which is 24 steps wide. */
const STEP = { width: 50, height: 34 };
const GAP = 4;
const PADDING = 10;
const TITLE_HEIGHT = 20;
const LEGEND_HEIGHT = 18;
/** Of a letter, about. */
const KEY_WIDTH = 6.6;
/** The value axis of a graph whose values are all smaller reaches this. */
const LEAST_TOP = 0.01;
const AWS_ALONE = "AWS alone";
const CHIP = { width: 196, height: 22, gap: 6 };
const STYLES = ["main", "miss", "good", "stale", "bad"];
const STYLE = `svg{font:11px system-ui,sans-serif;background:#f2f3f3}
.card{fill:#fff;stroke:#d5dbdb}text{fill:#16191f}.quiet,.tick{fill:#687078}.heading{font-weight:700;font-size:15px}.title{font-weight:600;font-size:12px}
path{fill:none;stroke-width:1.6}.line{stroke-linecap:round}.rule{stroke:#eaeded;stroke-width:1}.limit{stroke:#c0271d;stroke-dasharray:5 4}
.line.main{stroke:#1b64c9}.line.good{stroke:#14763f}.line.miss{stroke:#c46200}.line.stale{stroke:#6d55b5}.line.bad{stroke:#c0271d}
.key.main{fill:#1b64c9}.key.good{fill:#14763f}.key.miss{fill:#c46200}.key.stale{fill:#6d55b5}.key.bad,.key.limit{fill:#c0271d}
.chip{fill:#eaeded}.chip.OK{fill:#d9efe1}.chip.ALARM{fill:#c0271d}.on{fill:#fff;font-weight:600}`;

/** @returns a whole SVG file */
export function drawDashboard({ name, widgets }: DashboardBlueprint, data: DashboardData): string {
  const width = 24 * STEP.width;
  const height = Math.max(...widgets.map((widget) => widget.y + widget.height)) * STEP.height;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `role="img" aria-label="${escapeXml(name)}"><style>${STYLE}</style>${widgets.map((widget) => drawWidget(widget, data)).join("")}</svg>\n`
  );
}

function drawWidget(widget: Widget, data: DashboardData): string {
  const size = { width: widget.width * STEP.width - GAP, height: widget.height * STEP.height - GAP };
  const card = `<rect class="card" width="${size.width}" height="${size.height}" rx="3"/>`;
  const place = `translate(${widget.x * STEP.width + GAP / 2} ${widget.y * STEP.height + GAP / 2})`;
  return `<g transform="${place}">${card}${drawContent(widget, size, data)}</g>`;
}

interface Size {
  width: number;
  height: number;
}

function drawContent(widget: Widget, size: Size, data: DashboardData): string {
  if (widget.type === "text") return drawText(widget.markdown);
  const title = `<text class="title" x="${PADDING}" y="16">${escapeXml(widget.title)}</text>`;
  return (
    title + (widget.type === "alarm" ? drawAlarms(widget.alarms, size, data) : drawLines(widget, size, data))
  );
}

/** A heading and a sentence, as the stack's texts are. */
function drawText(markdown: string): string {
  return markdown
    .split("\n")
    .map((line, index) => {
      const heading = line.startsWith("#");
      return `<text class="${heading ? "heading" : "quiet"}" x="${PADDING}" y="${22 + 22 * index}">${escapeXml(line.replace(/^#+ /, ""))}</text>`;
    })
    .join("");
}

function drawAlarms(alarms: readonly string[], { width }: Size, { stateOf }: DashboardData): string {
  const inRow = Math.max(1, Math.floor((width - PADDING) / (CHIP.width + CHIP.gap)));
  return alarms
    .map((name, index) => {
      const x = PADDING + (index % inRow) * (CHIP.width + CHIP.gap);
      const y = TITLE_HEIGHT + 6 + Math.floor(index / inRow) * (CHIP.height + CHIP.gap);
      const state = stateOf(name) ?? "INSUFFICIENT_DATA";
      return (
        `<rect class="chip ${state}" x="${x}" y="${y}" width="${CHIP.width}" height="${CHIP.height}" rx="3"/>` +
        `<text class="${state === "ALARM" ? "on" : ""}" x="${x + 8}" y="${y + 15}">${escapeXml(name)}</text>`
      );
    })
    .join("");
}

function drawLines(
  { lines, levels }: Extract<Widget, { type: "metric" }>,
  { width, height }: Size,
  { minutes, values }: DashboardData,
): string {
  const drawn = lines.map((line, index) => {
    const found = values(line);
    return { name: line.label, style: STYLES[index % STYLES.length]!, values: found };
  });
  const measured = drawn.flatMap(({ values, ...line }) =>
    values === undefined ? [] : [{ ...line, values }],
  );
  const alone = drawn.flatMap(({ name, values }) => (values === undefined ? [name] : [])).join(", ");
  const ofAwsAlone = (at: { x: number; y: number }) =>
    alone && `<text class="quiet" x="${at.x}" y="${at.y}">${escapeXml(alone)}: ${AWS_ALONE}</text>`;
  if (measured.length === 0) return ofAwsAlone({ x: PADDING, y: height / 2 });
  const across = levels.map(({ label, value }) => ({
    name: label,
    style: "limit",
    values: Array<number>(minutes).fill(value),
  }));
  const chart = drawChart({
    width: width - PADDING,
    height: height - TITLE_HEIGHT - LEGEND_HEIGHT,
    times: Array.from({ length: minutes }, (_, minute) => minute * 60_000),
    range: [0, Math.max(1, minutes - 1) * 60_000],
    series: [...measured, ...across],
    atLeast: LEAST_TOP,
    label: (at) => `${at / 60_000} min`,
  });
  let x = PADDING;
  const legend = [...measured, ...across].map(({ name, style }) => {
    const key = `<rect class="key ${style}" x="${x}" y="${height - 14}" width="9" height="9" rx="2"/><text x="${x + 13}" y="${height - 6}">${escapeXml(name)}</text>`;
    x += 24 + name.length * KEY_WIDTH;
    return key;
  });
  return `<g transform="translate(0 ${TITLE_HEIGHT})">${chart}</g>${legend.join("")}${ofAwsAlone({ x, y: height - 6 })}`;
}
