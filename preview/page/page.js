/** Takes in what the preview tells and hands it to the parts of the page. */
import { showAlarms } from "./alarms.js";
import { createCharts } from "./charts.js";
import { byId, setAttribute, setText } from "./dom.js";
import { createDrills } from "./drills.js";
import { createLog } from "./log.js";
import { showTopology } from "./topology.js";

/**
 * @typedef {import("../contract/index.ts").Point} Point
 * @typedef {import("../contract/index.ts").Snapshot} Snapshot
 * @typedef {import("../contract/index.ts").PreviewEvent} PreviewEvent
 */

/** As many seconds as the preview itself remembers. */
const POINTS_KEPT = 600;
const token = document.querySelector('meta[name="preview-token"]')?.getAttribute("content") ?? "";
const charts = createCharts();
const log = createLog();
const speed = /** @type {HTMLSelectElement} */ (byId("speed"));

/** @type {Point[]} */
let points = [];
/** @type {Snapshot | undefined} */
let snapshot;
/** @type {{ at: number, label: string }[]} */
let marks = [];
let lastSequence = 0;
let lost = false;
/** What comes over the stream waits until what was before it has come. */
const caughtUp = Promise.withResolvers();

/** @param {Snapshot} next */
function takeSnapshot(next) {
  snapshot = next;
  showTopology(next, points.at(-1));
  showAlarms(next.alarms);
  showConnection(next.ready ? "running" : "starting", next.ready ? "good" : "warn");
  if (document.activeElement !== speed) showSpeed(next.speed);
}

/** @param {Point[]} more */
function takePoints(more) {
  const last = points.at(-1)?.at ?? 0;
  points = [...points, ...more.filter(({ at }) => at > last)].slice(-POINTS_KEPT);
  charts.update(points, snapshot, marks);
}

/**
 * @param {PreviewEvent[]} events
 * @param {boolean} announce
 */
function takeEvents(events, announce) {
  const fresh = events.filter(({ sequence }) => sequence > lastSequence);
  lastSequence = fresh.at(-1)?.sequence ?? lastSequence;
  log.add(fresh, announce);
}

/**
 * @param {string} text
 * @param {string} level
 */
function showConnection(text, level) {
  const status = byId("connection");
  setText(status, text);
  setAttribute(status, "class", `status ${level}`);
}

/** @param {number} factor */
function showSpeed(factor) {
  const value = String(factor);
  if (![...speed.options].some((option) => option.value === value))
    speed.add(new Option(`${value} × faster`, value));
  speed.value = value;
}

/** @param {string} path */
async function get(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path} answered ${response.status}.`);
  return response.json();
}

/** What happened before the page was open, or while it was cut off. */
async function catchUp() {
  const [newSnapshot, newPoints, events] = await Promise.all([
    get("/api/snapshot"),
    get(`/api/points?since=${points.at(-1)?.at ?? 0}`),
    get(`/api/log?after=${lastSequence}`),
  ]);
  takePoints(newPoints);
  takeSnapshot(newSnapshot);
  takeEvents(events, false);
}

function connect() {
  const stream = new EventSource("/api/stream");
  stream.addEventListener("open", async () => {
    // Another run has another token and counts its events anew.
    if (lost) return location.reload();
    await catchUp();
    caughtUp.resolve(undefined);
  });
  stream.addEventListener("error", () => {
    if (!lost) setText(byId("alarm"), "The preview does not answer any more.");
    lost = true;
    showConnection("not running", "bad");
  });
  /**
   * @param {string} name
   * @param {(value: any) => void} take
   */
  const listen = (name, take) =>
    stream.addEventListener(name, async ({ data }) => {
      await caughtUp.promise;
      take(JSON.parse(data));
    });
  listen("snapshot", takeSnapshot);
  listen("point", (point) => takePoints([point]));
  listen("event", (event) => takeEvents([event], true));
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 */
async function call(method, path, body = {}) {
  const response = await fetch(path, {
    method,
    headers: { "content-type": "application/json", "x-preview-token": token },
    body: JSON.stringify(body),
  });
  if (!response.ok) setText(byId("alarm"), `That did not work: ${(await response.json()).error}`);
}

document.addEventListener("click", ({ target }) => {
  const button = /** @type {HTMLElement} */ (target).closest("[data-action]");
  const action = button?.getAttribute("data-action");
  if (action)
    void call("POST", `/api/action/${action}`, JSON.parse(button?.getAttribute("data-body") ?? "{}"));
});
speed.addEventListener("change", () => call("POST", "/api/action/setSpeed", { factor: Number(speed.value) }));

createDrills({
  call,
  say: log.say,
  onMarks(newMarks) {
    marks = newMarks;
  },
});
connect();
