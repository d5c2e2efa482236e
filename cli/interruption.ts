/** Ctrl-C, `kill`, a closed terminal: how a command learns that it is to end, and what it says when it has. */
import { constants } from "node:os";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The command was told to end before it was done. */
export class Interrupted extends Error {
  override readonly name = "AbortError"; // as Node's own functions call it, when they are given the signal
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`Interrupted (${signal}).`);
    this.signal = signal;
  }
}

/** As a shell counts it: 130 for Ctrl-C, 143 for `kill`, 129 for a closed terminal. */
export const exitCodeOf = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];

let controller: AbortController | undefined;

/**
 * The signal that aborts, with `Interrupted` as its reason, when the command is to end: whoever asks for it promises to
 * end in order. Told a second time, other than by a closed terminal, the process ends at once; what it started is ended by its guards.
 *
 * @param again takes the second telling over. @default the process ends
 */
export function interruption(again?: () => void): AbortSignal {
  if (controller) return controller.signal;
  const made = new AbortController();
  controller = made;
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (!made.signal.aborted) made.abort(new Interrupted(name));
      else if (again) again();
      // A shell tells its jobs that the terminal is gone, and then the system does: that is one telling.
      else if (name === "SIGHUP") return;
      else process.exit(exitCodeOf(name));
    });
  }
  return made.signal;
}

/** The signal of a command that promised to end in order; undefined for one that the system ends. */
export const ending = (): AbortSignal | undefined => controller?.signal;

let inOwnTime = false;

/** For a command that ends what must not be cut short: from then on only a second telling ends it. */
export function endInOwnTime(): void {
  inOwnTime = true;
}

/** Whether the command was told to end, and takes the time that it needs. */
export const endsInOwnTime = (): boolean => inOwnTime;

/** Why the command is ending, when it was told to. */
export function interrupted(): Interrupted | undefined {
  return controller?.signal.reason;
}

/** What `work` resolves to, unless the signal aborts first: then its reason is thrown, and `work` goes on unwatched. */
export async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
