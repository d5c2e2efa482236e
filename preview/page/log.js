/** The event log, and what of it is announced to screen readers. */
import { byId, make, setText } from "./dom.js";
import { timeOfDay } from "./format.js";

/** @typedef {import("../contract/index.ts").PreviewEvent} PreviewEvent */

const SHOWN = 300;
/** Announcements come together this often at most: a reader cannot be interrupted twice a second. */
const ANNOUNCE_MS = 2_500;
const words = { info: "", good: "good", warn: "warning", bad: "problem" };

/** @returns {{ add(events: PreviewEvent[], announce: boolean): void, say(text: string): void }} */
export function createLog() {
  const list = byId("log");
  const live = byId("announcement");
  const wanted = /** @type {HTMLInputElement} */ (byId("announce"));
  /** @type {string[]} */
  let waiting = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  function speak() {
    timer = undefined;
    if (waiting.length === 0) return;
    const [last] = waiting.slice(-1);
    setText(live, waiting.length > 3 ? `${waiting.length} events. The last one: ${last}` : waiting.join(" "));
    waiting = [];
    timer = setTimeout(speak, ANNOUNCE_MS);
  }

  /** @param {string} text */
  function say(text) {
    if (!wanted.checked) return;
    waiting.push(text);
    if (timer === undefined) speak();
  }

  return {
    say,
    /** The newest comes first. */
    add(events, announce) {
      list.prepend(...events.map(createEntry).reverse());
      while (list.children.length > SHOWN) list.lastElementChild?.remove();
      if (announce) for (const { message } of events) say(message);
    },
  };
}

/** @param {PreviewEvent} event */
function createEntry({ at, level, kind, message, address }) {
  const word = words[level];
  return make(
    "li",
    { class: level, title: [kind, address].filter(Boolean).join("\n") },
    make("time", { datetime: new Date(at).toISOString() }, timeOfDay(at)),
    make("span", { class: "dot", "aria-hidden": "true" }),
    make("span", {}, ...(word ? [make("span", { class: "hidden" }, `${word}: `)] : []), message),
  );
}
