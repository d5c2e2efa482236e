/** The stack's alarms and their states: what rings comes first. */
import { byId, keyed, make, setAttribute, setText } from "./dom.js";
import { timeOfDay } from "./format.js";

/** @typedef {import("../contract/index.ts").AlarmSnapshot} AlarmSnapshot */

/** In the order in which they are shown: how a state looks, and what it is called. */
const states = {
  ALARM: { level: "bad", word: "rings" },
  OK: { level: "good", word: "quiet" },
  INSUFFICIENT_DATA: { level: "", word: "no data yet" },
};
const order = Object.keys(states);

/** @param {AlarmSnapshot[]} alarms */
export function showAlarms(alarms) {
  const measured = alarms.filter(({ awsAlone }) => !awsAlone);
  const ringing = measured.filter(({ state }) => state === "ALARM").length;
  const chip = byId("alarms-state");
  setText(chip, ringing > 0 ? `${ringing} ${ringing === 1 ? "rings" : "ring"}` : "none rings");
  setAttribute(chip, "class", `chip ${ringing > 0 ? "bad" : "good"}`);
  setText(byId("alarms-alone"), `${alarms.length - measured.length} more watch what AWS alone measures.`);
  measured.sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || a.name.localeCompare(b.name));
  keyed(
    byId("alarm-list"),
    measured,
    ({ name }) => name,
    ({ name }) =>
      make(
        "li",
        {},
        make("span", { class: "dot", "aria-hidden": "true" }),
        make("b", {}, name),
        make("span", {}),
      ),
    updateAlarm,
  );
}

/**
 * @param {HTMLElement} element
 * @param {AlarmSnapshot} alarm
 */
function updateAlarm(element, { address, description, state, since, value, threshold }) {
  const { level, word } = states[state];
  setAttribute(element, "class", level);
  const measured =
    value === undefined || value === null ? "" : ` (${Number(value.toPrecision(3))} of ${threshold})`;
  setText(/** @type {Element} */ (element.lastElementChild), `${word}${measured}`);
  setAttribute(element, "title", [description, `since ${timeOfDay(since)}`, address].join("\n"));
}
