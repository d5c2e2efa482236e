/** The time charts: one shared window, one shared cursor. */
import { drawChart, margin } from "./chart.js";
import { byId, make, setAttribute, setText } from "./dom.js";
import { timeOfDay } from "./format.js";
import { definitions } from "./series.js";

/**
 * @typedef {import("../contract/index.ts").Point} Point
 * @typedef {import("../contract/index.ts").Snapshot} Snapshot
 * @typedef {import("./series.js").Definition} Definition
 */

const HEIGHT = 132;
const SVG = "http://www.w3.org/2000/svg";
/** Descriptions for screen readers change this often at most; they are not announced, only there to be read. */
const DESCRIBE_MS = 5_000;

/** @returns {{ update(points: Point[], snapshot: Snapshot | undefined, marks: { at: number, label: string }[]): void }} */
export function createCharts() {
  const grid = byId("chart-grid");
  const cursorTime = byId("cursor-time");
  const windowSelect = /** @type {HTMLSelectElement} */ (byId("window"));
  const charts = definitions.map(createChart);
  grid.append(...charts.map(({ figure }) => figure));
  setAttribute(grid, "tabindex", "0");
  setAttribute(grid, "role", "group");
  setAttribute(
    grid,
    "aria-label",
    "Time charts. The left and right arrow keys move through time, Escape returns to now.",
  );

  /** @type {Point[]} */
  let points = [];
  /** @type {Snapshot | undefined} */
  let snapshot;
  /** @type {{ at: number, label: string }[]} */
  let marks = [];
  /** @type {number | undefined} */
  let cursor;

  /** @returns {[number, number]} */
  function range() {
    const to = points.at(-1)?.at ?? Date.now();
    return [to - Number(windowSelect.value) * 1000, to];
  }

  function draw() {
    const [from, to] = range();
    const shown = points.filter(({ at }) => at >= from - 1_000);
    if (cursor !== undefined && cursor < from) cursor = undefined;
    const point = cursor === undefined ? shown.at(-1) : shown.findLast(({ at }) => at <= (cursor ?? to));
    setText(cursorTime, cursor === undefined ? "" : `at ${timeOfDay(cursor)}`);
    for (const chart of charts) chart.draw(shown, [from, to], snapshot, marks, point, cursor);
  }

  /** @param {number | undefined} at */
  function moveTo(at) {
    const [from, to] = range();
    cursor = at === undefined || at >= to ? undefined : Math.max(from, at);
    draw();
  }

  grid.addEventListener("pointermove", (event) => {
    const svg = /** @type {Element} */ (event.target).closest("svg");
    if (!svg) return;
    const box = svg.getBoundingClientRect();
    const share = (event.clientX - box.left - margin.left) / (box.width - margin.left - margin.right);
    const [from, to] = range();
    moveTo(Math.round((from + share * (to - from)) / 1000) * 1000);
  });
  grid.addEventListener("pointerleave", () => moveTo(undefined));
  grid.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1_000, ArrowRight: 1_000 }[event.key];
    if (step) moveTo((cursor ?? range()[1]) + step * (event.shiftKey ? 10 : 1));
    else if (event.key === "Escape") moveTo(undefined);
    else return;
    event.preventDefault();
  });
  windowSelect.addEventListener("change", draw);
  new ResizeObserver(draw).observe(grid);

  return {
    update(newPoints, newSnapshot, newMarks) {
      points = newPoints;
      snapshot = newSnapshot;
      marks = newMarks;
      draw();
    },
  };
}

/** @param {Definition} definition */
function createChart(definition) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("role", "img");
  const values = definition.series.map(() => make("b", {}, "–"));
  const legend = make(
    "ul",
    { class: "legend" },
    ...definition.series.map(({ name, style }, index) =>
      make("li", {}, make("i", { class: `key ${style}` }), `${name} `, /** @type {Node} */ (values[index])),
    ),
  );
  const figure = make("figure", {}, make("figcaption", {}, make("h3", {}, definition.title), legend), svg);
  let describedAt = 0;

  return {
    figure,
    /**
     * @param {Point[]} points
     * @param {[number, number]} range
     * @param {Snapshot | undefined} snapshot
     * @param {{ at: number, label: string }[]} marks
     * @param {Point | undefined} point that the legend tells
     * @param {number | undefined} cursor
     */
    draw(points, range, snapshot, marks, point, cursor) {
      const width = figure.clientWidth;
      if (width === 0) return;
      setAttribute(svg, "viewBox", `0 0 ${width} ${HEIGHT}`);
      const limit = definition.target ? snapshot?.scaler.target : undefined;
      const chart = drawChart({
        width,
        height: HEIGHT,
        times: points.map(({ at }) => at),
        range,
        series: definition.series.map(({ name, style, of }) => ({ name, style, values: points.map(of) })),
        stacked: definition.stacked,
        atLeast: definition.atLeast,
        unit: definition.unit,
        limit,
        marks,
        label: timeOfDay,
      });
      const x =
        cursor &&
        margin.left + ((cursor - range[0]) / (range[1] - range[0])) * (width - margin.left - margin.right);
      svg.innerHTML = x
        ? `${chart}<path class="cursor" d="M${x} ${margin.top}V${HEIGHT - margin.bottom}"/>`
        : chart;
      const texts = definition.series.map(({ of }) => definition.format(point && of(point)));
      texts.forEach((text, index) => {
        setText(/** @type {Element} */ (values[index]), text);
      });
      if (Date.now() - describedAt < DESCRIBE_MS && cursor === undefined) return;
      describedAt = Date.now();
      const figures = definition.series.map(({ name }, index) => `${name} ${texts[index]}`).join(", ");
      setAttribute(
        svg,
        "aria-label",
        `${definition.title}: ${figures}${limit ? `, target ${definition.format(limit)}` : ""}`,
      );
    },
  };
}
