/** Looks at a live environment again and again. */
import { setTimeout as delay } from "node:timers/promises";
import { awsErrorInWords } from "../aws-error.ts";

export interface WatchOptions {
  readonly everyMs: number;
  readonly signal: AbortSignal;
  /** Told why a look broke off. */
  readonly say: (line: string) => void;
}

/**
 * Whoever watches, watches when things fail: once a look has succeeded, one that AWS does not answer is said, and the next one made.
 *
 * @throws what the first look throws, defects, and the signal's reason
 */
export async function watch(
  look: () => Promise<void>,
  { everyMs, signal, say }: WatchOptions,
): Promise<never> {
  await look();
  for (;;) {
    await delay(everyMs, undefined, { signal });
    try {
      await look();
    } catch (error) {
      const why = awsErrorInWords(error);
      if (signal.aborted || why === undefined) throw error;
      say(`${new Date().toISOString()}  ${why}`);
    }
  }
}
