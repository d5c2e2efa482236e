/** What the time charts show, on the page and in the report of a drill. */
import { count, milliseconds, percent } from "./format.js";

/**
 * @typedef {import("../contract/index.ts").Point} Point
 * @typedef {object} Definition
 * @property {string} name of the chart in file names
 * @property {string} title
 * @property {{ name: string, style: string, of: (point: Point) => number | undefined }[]} series
 * @property {(value: number | undefined) => string} format of a value in the legend
 * @property {string} [unit] on the axis
 * @property {boolean} [stacked]
 * @property {number} [atLeast] the value axis reaches this at least
 * @property {boolean} [target] whether the scaler's target is a level of this chart
 */

/** @param {number | undefined} value */
const number = (value) => (value === undefined || value === null ? "–" : count(value));

/** @type {Definition[]} */
export const definitions = [
  {
    name: "requests",
    title: "Requests per second",
    format: number,
    atLeast: 10,
    series: [
      { name: "at the edge", style: "main", of: ({ requests }) => requests },
      { name: "to the origin", style: "miss", of: ({ originRequests }) => originRequests },
    ],
  },
  {
    name: "latency",
    title: "Latency at the edge, ms",
    format: milliseconds,
    atLeast: 5,
    series: [
      { name: "p99", style: "miss", of: ({ p99 }) => p99 },
      { name: "p50", style: "main", of: ({ p50 }) => p50 },
    ],
  },
  {
    name: "cache",
    title: "Cache answers per second",
    format: number,
    atLeast: 10,
    stacked: true,
    series: [
      { name: "hit", style: "good", of: ({ hits }) => hits },
      { name: "stale", style: "stale", of: ({ staleHits }) => staleHits },
      { name: "miss", style: "miss", of: ({ misses }) => misses },
    ],
  },
  {
    name: "cpu",
    title: "CPU of the tasks, and its target",
    format: percent,
    unit: "%",
    atLeast: 100,
    target: true,
    series: [{ name: "mean", style: "main", of: ({ cpuPercent }) => cpuPercent }],
  },
  {
    name: "tasks",
    title: "Tasks",
    format: number,
    atLeast: 4,
    series: [
      { name: "desired", style: "stale", of: ({ desired }) => desired },
      { name: "running", style: "main", of: ({ running }) => running },
      { name: "healthy", style: "good", of: ({ healthy }) => healthy },
    ],
  },
  {
    name: "errors",
    title: "Refusals and errors per second",
    format: number,
    atLeast: 4,
    series: [
      { name: "4xx", style: "stale", of: ({ status4xx }) => status4xx },
      { name: "shed", style: "miss", of: ({ shed }) => shed },
      { name: "other 5xx", style: "bad", of: ({ status5xx, shed }) => status5xx - shed },
    ],
  },
];
