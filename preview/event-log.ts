/** The event log: what happened to the stack, in order, for people and for drills. */
import { EventEmitter } from "node:events";
import type { EventKind, EventLevel, PreviewEvent, PreviewEvents } from "./contract/index.ts";

const EVENTS_KEPT = 1000;

export class EventLog {
  readonly emitter = new EventEmitter<PreviewEvents>();
  readonly #entries: PreviewEvent[] = [];
  #sequence = 0;

  constructor() {
    this.emitter.setMaxListeners(0); // one per open page, and drills add theirs
  }

  write(
    kind: EventKind,
    level: EventLevel,
    address: string,
    message: string,
    more: Pick<PreviewEvent, "task" | "detail"> = {},
  ): void {
    const entry: PreviewEvent = {
      sequence: ++this.#sequence,
      at: Date.now(),
      kind,
      level,
      address,
      message,
      ...more,
    };
    this.#entries.push(entry);
    if (this.#entries.length > EVENTS_KEPT) this.#entries.shift();
    this.emitter.emit("event", entry);
  }

  /** Oldest first; only those with a larger sequence when given. */
  after(sequence = 0): PreviewEvent[] {
    return this.#entries.filter((entry) => entry.sequence > sequence);
  }
}
