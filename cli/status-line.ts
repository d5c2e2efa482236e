import { styleText } from "node:util";

/** What a command is doing: on a terminal one line that moves below those that stay; elsewhere those that stay, and no others. */
export class StatusLine {
  readonly #stream: NodeJS.WriteStream;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY;
  }

  /** Puts another text into the line that moves, cut to the terminal's width. */
  show(text: string): void {
    if (!this.#stream.isTTY) return;
    this.clear();
    this.#stream.write(this.style("dim", text.slice(0, this.#stream.columns - 1)));
  }

  /** A line that stays. */
  print(text: string): void {
    this.clear();
    this.#stream.write(`${text}\n`);
  }

  /** Takes the line that moves away. */
  clear(): void {
    if (this.#stream.isTTY) this.#stream.write("\r\x1b[K");
  }

  /** Without colours where the stream has none. */
  style(format: "green" | "red" | "dim", text: string): string {
    return styleText(format, text, { stream: this.#stream });
  }
}
