/** No row is longer: a batch of the API has 8 MiB at most. */
export const LONGEST = 4 * 1_048_576;
export const TOO_LONG = `is longer than ${LONGEST / 1_048_576} MiB: a row is one variant, and needs less`;

/** What is kept of a longer one. */
const BEGINNING = 100;

/** The lines of a text that can be looked at ahead, so that a broken one need not take others with it. */
export class Lines {
  readonly #text: AsyncGenerator<string>;
  #ready: string[] = [];
  #at = 0;
  #rest = "";
  #ended = false;
  /** Lines of which only the beginning was kept. */
  readonly #cut = new Set<number>();
  /** The number of the line that comes next, from 1. */
  number = 1;

  constructor(text: AsyncGenerator<string>) {
    this.#text = text;
  }

  /** The line so many after the next one, without taking it; undefined behind the last. */
  async peek(ahead = 0): Promise<string | undefined> {
    while (this.#at + ahead >= this.#ready.length && !this.#ended) await this.#more();
    return this.#ready[this.#at + ahead];
  }

  /** The next line if it is at hand already; saves a turn of the event loop for most. */
  peekNow(): string | undefined {
    return this.#ready[this.#at];
  }

  take(count: number): void {
    this.#at += count;
    this.number += count;
  }

  /** Whether the line so many after the next one is too long for a row: only its beginning is there. */
  isCut(ahead = 0): boolean {
    return this.#cut.has(this.number + ahead);
  }

  async #more(): Promise<void> {
    const { value = "", done } = await this.#text.next();
    this.#ended = done === true;
    const text = this.#rest + value;
    // A carriage return at the end may be half of a line break.
    const whole = this.#ended || !text.endsWith("\r") ? text : text.slice(0, -1);
    const lines = whole.split(/\r\n|\n|\r/);
    this.#rest = (this.#ended ? "" : lines.pop()!) + text.slice(whole.length);
    if (this.#ended && lines.at(-1) === "") lines.pop();
    this.#ready = this.#at === 0 ? this.#ready.concat(lines) : this.#ready.slice(this.#at).concat(lines);
    this.#at = 0;
    if (this.#rest.length > LONGEST) {
      this.#cut.add(this.number + this.#ready.length);
      this.#rest = this.#rest.slice(0, BEGINNING);
    }
  }
}
