/** Follows Terraform's log: on a terminal one line that moves, elsewhere a line for what is finished and what takes long. */
import { StatusLine } from "../../cli/status-line.ts";
import type { LogLine } from "../terraform.ts";

/** How long one resource may be under way before a log is told so again. */
const STILL_EVERY_MS = 60_000;

const DONE: Record<string, string> = { create: "created", update: "changed", delete: "destroyed" };

export class ApplyProgress {
  readonly #line: StatusLine;
  readonly #total: number | undefined;
  readonly #began = Date.now();
  readonly #running = new Map<string, { action: string; since: number; told: number }>();
  readonly #timer: NodeJS.Timeout;
  #done = 0;

  /** @param total how many there are, where that is known */
  constructor(total: number | undefined, stream: NodeJS.WriteStream = process.stderr) {
    this.#total = total;
    this.#line = new StatusLine(stream);
    this.#timer = setInterval(() => this.#tick(), stream.isTTY ? 250 : 5_000).unref();
  }

  readonly onEvent = ({ type, hook }: LogLine): void => {
    const address = hook?.resource?.addr;
    if (!address || address.startsWith("data.")) return;
    if (type === "apply_start") {
      const now = Date.now();
      this.#running.set(address, { action: hook?.action ?? "", since: now, told: now });
    } else if (type === "apply_complete" || type === "apply_errored") {
      this.#running.delete(address);
      if (type === "apply_complete") this.#done++;
      const seconds = hook?.elapsed_seconds ?? 0;
      const word = type === "apply_complete" ? (DONE[hook?.action ?? ""] ?? "done") : "FAILED";
      // On a terminal the moving line is enough for what was quick.
      if (!this.#line.isTerminal || seconds >= 10 || word === "FAILED")
        this.line(`${word} ${address}, ${seconds} s`);
    }
  };

  /** A line of its own, beside the moving one. */
  line(text: string): void {
    this.#line.print(`${this.#clock()}  ${text}`);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#line.clear();
  }

  #tick(): void {
    const now = Date.now();
    if (!this.#line.isTerminal) {
      for (const [address, each] of this.#running) {
        if (now - each.told < STILL_EVERY_MS) continue;
        each.told = now;
        this.line(`still at ${address}, ${Math.round((now - each.since) / 1000)} s`);
      }
      return;
    }
    const longest = [...this.#running].sort(([, a], [, b]) => a.since - b.since).slice(0, 3);
    const what = longest.map(
      ([address, { since }]) => `${address.split(".")[0]} ${Math.round((now - since) / 1000)} s`,
    );
    const total = this.#total === undefined ? "" : ` of ${this.#total}`;
    this.#line.show(`${this.#clock()}  ${this.#done}${total}  ${what.join(" · ")}`);
  }

  #clock(): string {
    return `${Math.round((Date.now() - this.#began) / 1000)
      .toString()
      .padStart(4)} s`;
  }
}
