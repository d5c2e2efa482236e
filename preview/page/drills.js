/** Buttons and results of the drills. */
import { byId, keyed, make, setAttribute, setText } from "./dom.js";
import { count, milliseconds, seconds, timeOfDay } from "./format.js";

/**
 * @typedef {import("../drills/report/result.ts").DrillState} DrillState
 * @typedef {import("../drills/report/result.ts").DrillSummary} DrillSummary
 * @typedef {import("../drills/report/result.ts").Figures} Figures
 */

const POLL_IDLE_MS = 4_000;
const POLL_RUNNING_MS = 700;

/**
 * @param {{ call: (method: string, path: string) => Promise<void>, say: (text: string) => void, onMarks: (marks: { at: number, label: string }[]) => void }} page
 */
export function createDrills({ call, say, onMarks }) {
  /** @type {DrillState | undefined} */
  let state;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let stopped = false;

  async function poll() {
    clearTimeout(timer);
    try {
      const response = await fetch("/api/drill/");
      if (response.ok) update(await response.json());
    } catch {
      // The page's stream tells that the preview is away.
    }
    if (!stopped) timer = setTimeout(poll, state?.running ? POLL_RUNNING_MS : POLL_IDLE_MS);
  }

  /** @param {DrillState} next */
  function update(next) {
    const finished = state?.running && !next.running;
    const [latest] = next.results;
    state = next;
    showList(next, toggle);
    showStep(next);
    if (!latest) return;
    showResult(latest);
    onMarks(next.results.flatMap(({ marks }) => marks));
    if (finished)
      say(next.error ?? `${latest.title}: ${latest.ok ? "everything holds" : "something does not hold"}.`);
  }

  /** @param {string} name */
  async function toggle(name) {
    await call(state?.running?.name === name ? "DELETE" : "POST", `/api/drill/${name}`);
    await poll();
  }

  void poll();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/**
 * @param {DrillState} state
 * @param {(name: string) => void} toggle
 */
function showList({ drills, running, results }, toggle) {
  keyed(
    byId("drill-list"),
    drills,
    ({ name }) => name,
    ({ name, title, description }) => {
      const button = make("button", { type: "button", "aria-describedby": `about-${name}` }, title);
      button.addEventListener("click", () => {
        if (button.getAttribute("aria-disabled") !== "true") toggle(name);
      });
      const about = make("span", { class: "quiet", id: `about-${name}` }, description);
      return make("li", {}, button, make("p", {}, make("span", { class: "chip" }), about));
    },
    (element, { name, title }) => {
      const [button, chip] = ["button", ".chip"].map(
        (part) => /** @type {Element} */ (element.querySelector(part)),
      );
      if (!button || !chip) return;
      const isRunning = running?.name === name;
      setText(button, isRunning ? `End “${title}”` : title);
      // Not `disabled`: a button that is focused must not lose the focus while its drill runs.
      setAttribute(button, "aria-disabled", String(Boolean(running) && !isRunning));
      const result = results.find((result) => result.name === name);
      setText(chip, isRunning ? "running" : result ? (result.ok ? "holds" : "does not hold") : "");
      chip.className = `chip ${isRunning ? "now" : result ? (result.ok ? "good" : "bad") : ""}`;
    },
  );
}

/** @param {DrillState} state */
function showStep({ running, error }) {
  const step = byId("drill-step");
  step.hidden = !running && !error;
  step.classList.toggle("bad", !running && Boolean(error));
  setText(
    step,
    running
      ? `${running.title}: ${running.step} – ${count(running.sent)} requests sent, ${count(running.failed)} failed`
      : (error ?? ""),
  );
}

/** @param {DrillSummary} result */
function showResult(result) {
  const section = byId("result");
  if (section.getAttribute("data-at") === String(result.startedAt)) return;
  setAttribute(section, "data-at", String(result.startedAt));
  section.hidden = false;
  setText(byId("result-title"), `Last drill: ${result.title}, ${timeOfDay(result.endedAt)}`);
  const verdict = byId("result-verdict");
  setText(verdict, result.ok ? "everything holds" : "something does not hold");
  verdict.className = `chip ${result.ok ? "good" : "bad"}`;
  byId("result-body").replaceChildren(summary(result), checks(result), phases(result));
}

/** @param {DrillSummary} result */
function summary({ load, detectSeconds, recoverSeconds, rang, speed }) {
  const figures = [
    ["Requests sent", count(load.sent)],
    ["Failed", count(load.failed)],
    ["Shed", count(load.shed)],
    ["Noticed after", seconds(detectSeconds)],
    ["Well again after", seconds(recoverSeconds)],
    ["Alarms that rang", rang.join(", ") || "–"],
    ["Stack’s clocks", `× ${speed}`],
  ];
  return make(
    "dl",
    { class: "facts" },
    ...figures.map(([name, value]) =>
      make("div", {}, make("dt", {}, name ?? ""), make("dd", {}, value ?? "")),
    ),
  );
}

/** @param {DrillSummary} result */
function checks({ checks }) {
  const rows = checks.map(({ name, expected, measured, ok }) =>
    make(
      "tr",
      { class: ok ? "good" : "bad" },
      make("th", { scope: "row" }, name),
      make("td", {}, expected),
      make("td", {}, measured),
      make("td", {}, ok ? "holds" : "does not hold"),
    ),
  );
  return table("What must hold", ["Figure", "Expected", "Measured", ""], rows);
}

/** @param {DrillSummary} result */
function phases({ load }) {
  /** @param {Figures} figures */
  const cells = ({ sent, failed, shed, p50, p99, max }) =>
    [count(sent), count(failed), count(shed), milliseconds(p50), milliseconds(p99), milliseconds(max)].map(
      (text) => make("td", {}, text),
    );
  const rows = load.phases.flatMap(({ name, reads, writes }) => [
    make("tr", {}, make("th", { scope: "row" }, `Reads ${name}`), ...cells(reads)),
    ...(writes.sent
      ? [make("tr", {}, make("th", { scope: "row" }, `Writes ${name}`), ...cells(writes))]
      : []),
  ]);
  return table("Requests", ["", "Sent", "Failed", "Shed", "p50", "p99", "Slowest"], rows);
}

/**
 * @param {string} caption
 * @param {string[]} heads
 * @param {HTMLElement[]} rows
 */
function table(caption, heads, rows) {
  const head = heads.map((text) => (text ? make("th", { scope: "col" }, text) : make("td")));
  return make(
    "div",
    // A narrow screen scrolls it sideways, which must work by keyboard too.
    { class: "table", tabindex: "0", role: "group", "aria-label": caption },
    make(
      "table",
      {},
      make("caption", {}, caption),
      make("thead", {}, make("tr", {}, ...head)),
      make("tbody", {}, ...rows),
    ),
  );
}
