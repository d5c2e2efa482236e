import { setTimeout as sleep } from "node:timers/promises";

/**
 * Polls until the condition gives something, and returns that; a slow machine only waits longer.
 *
 * @param seconds @default 60
 * @throws Error that names what did not come about
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  what = "the condition",
  seconds = 60,
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const value = await condition();
    if (value) return value as Exclude<T, false | null | undefined>;
    if (performance.now() > deadline) throw new Error(`${what} did not come about within ${seconds} s`);
    await sleep(10);
  }
}
