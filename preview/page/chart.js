/**
 * A time chart as SVG text: on the page, and in the report of a drill. It knows nothing of the DOM, and takes its
 * colours from the classes `s0`, `s1`, … of whoever shows it.
 */

/**
 * @typedef {object} Series
 * @property {string} name
 * @property {(number | undefined)[]} values one for each time; a gap where undefined
 * @property {string} style class of the path, e.g. `good`
 *
 * @typedef {object} ChartOptions
 * @property {number} width in pixels
 * @property {number} height in pixels
 * @property {number[]} times start of each second, in milliseconds since the epoch, ascending
 * @property {[number, number]} range of the time axis, in milliseconds since the epoch
 * @property {Series[]} series
 * @property {boolean} [stacked] areas on top of each other instead of lines. Default: false
 * @property {number} [limit] a dashed level, e.g. a target
 * @property {number} [atLeast] the value axis reaches this at least. Default: 1
 * @property {string} [unit] after the values of the axis. Default: none
 * @property {{ at: number, label: string }[]} [marks] moments, as upright lines
 * @property {(at: number) => string} label of a time on the axis
 */

export const margin = { top: 8, right: 8, bottom: 18, left: 40 };

/**
 * @param {ChartOptions} options
 * @returns {string} what belongs inside an `<svg>` of that width and height
 */
export function drawChart(options) {
  const {
    width,
    height,
    times,
    range,
    series,
    stacked = false,
    limit,
    unit = "",
    marks = [],
    label,
  } = options;
  const layers = stacked ? stack(series) : series.map(({ values }) => ({ low: undefined, high: values }));
  const highest = Math.max(
    options.atLeast ?? 1,
    limit ?? 0,
    ...layers.flatMap(({ high }) => high.map((v) => v ?? 0)),
  );
  const ticks = niceTicks(highest, 3);
  const top = ticks.at(-1) ?? 1;
  const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
  /** @param {number} at */
  const x = (at) => round(margin.left + ((at - range[0]) / (range[1] - range[0])) * inner.width);
  /** @param {number} value */
  const y = (value) => round(margin.top + (1 - value / top) * inner.height);
  const right = width - margin.right;

  const axis = ticks.map(
    (tick) =>
      `<path class="rule" d="M${margin.left} ${y(tick)}H${right}"/>` +
      `<text class="tick" x="${margin.left - 6}" y="${y(tick) + 4}" text-anchor="end">${formatTick(tick)}${unit}</text>`,
  );
  const clock = timeTicks(range, inner.width).map(
    (at) =>
      `<text class="tick" x="${x(at)}" y="${height - 4}" text-anchor="middle">${escapeXml(label(at))}</text>`,
  );
  const moments = marks
    .filter(({ at }) => at >= range[0] && at <= range[1])
    .map(
      ({ at, label }) =>
        `<path class="mark" d="M${x(at)} ${margin.top}V${height - margin.bottom}"><title>${escapeXml(label)}</title></path>`,
    );
  const paths = layers.map(({ low, high }, index) => {
    const style = series[index]?.style ?? "";
    const line = toLine(times, high, x, y);
    return low
      ? `<path class="area ${style}" d="${toArea(times, low, high, x, y)}"/>`
      : `<path class="line ${style}" d="${line}"/>`;
  });
  const level = limit === undefined ? "" : `<path class="limit" d="M${margin.left} ${y(limit)}H${right}"/>`;
  return [...axis, ...clock, ...moments, ...paths, level].join("");
}

/** @param {Series[]} series */
function stack(series) {
  let below = series[0]?.values.map(() => 0) ?? [];
  return series.map(({ values }) => {
    const low = below;
    const high = values.map((value, index) => (low[index] ?? 0) + (value ?? 0));
    below = high;
    return { low, high };
  });
}

/**
 * A value between two gaps is a short bar: a line of no length would be a point that nobody sees.
 *
 * @param {number[]} times
 * @param {(number | undefined)[]} values
 * @param {(at: number) => number} x
 * @param {(value: number) => number} y
 */
function toLine(times, values, x, y) {
  // JSON has no undefined inside arrays and objects may carry null in its place.
  const known = times.map((_, index) => values[index] ?? undefined);
  return known
    .map((value, index) => {
      if (value === undefined) return "";
      const begins = known[index - 1] === undefined;
      const alone = begins && known[index + 1] === undefined;
      const at = x(times[index] ?? 0);
      return alone ? `M${round(at - 2)} ${y(value)}h4` : `${begins ? "M" : "L"}${at} ${y(value)}`;
    })
    .join("");
}

/**
 * @param {number[]} times
 * @param {number[]} low
 * @param {number[]} high
 * @param {(at: number) => number} x
 * @param {(value: number) => number} y
 */
function toArea(times, low, high, x, y) {
  if (times.length === 0) return "";
  const there = times.map((at, index) => `${x(at)} ${y(high[index] ?? 0)}`);
  const back = times.map((at, index) => `${x(at)} ${y(low[index] ?? 0)}`).reverse();
  return `M${[...there, ...back].join("L")}Z`;
}

/**
 * Values of an axis from 0 to at least `highest` in steps of 1, 2 or 5 times a power of ten.
 *
 * @param {number} highest
 * @param {number} count how many steps are wanted, about
 */
export function niceTicks(highest, count) {
  const rough = highest / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999) ?? rough;
  const steps = Math.ceil(highest / step - 1e-9);
  return Array.from({ length: steps + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

/**
 * Round times within a range, far enough from each other to be read.
 *
 * @param {[number, number]} range
 * @param {number} width
 */
function timeTicks([from, to], width) {
  const wanted = Math.max(1, Math.floor(width / 90));
  const step =
    [5, 10, 15, 30, 60, 120, 300, 600]
      .map((seconds) => seconds * 1000)
      .find((size) => (to - from) / size <= wanted) ?? to - from;
  const ticks = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    const share = (at - from) / (to - from);
    if (share > 0.04 && share < 0.96) ticks.push(at); // a label at the rim would be cut off
  }
  return ticks;
}

/** @param {number} value */
function formatTick(value) {
  return value >= 1000 ? `${Number((value / 1000).toPrecision(3))}k` : String(value);
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}

/** @param {string} text */
export function escapeXml(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
