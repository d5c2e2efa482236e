/** Keeps an eye on the service while a drill waits for something else. */
import type { Preview, Snapshot, TaskSnapshot } from "../contract/index.ts";

const POLL_MS = 25;

/** Follows how many targets are healthy. `stop` ends that, and tells the lowest share of the desired count, in percent. */
export function watchHealth(preview: Preview): { stop(): number } {
  let lowest = 100;
  const look = () => {
    const { balancer, service } = preview.snapshot();
    lowest = Math.min(lowest, Math.round((100 * balancer.healthy) / service.desired));
  };
  const timer = setInterval(look, POLL_MS);
  timer.unref();
  look();
  return {
    stop() {
      clearInterval(timer);
      return lowest;
    },
  };
}

/** Follows for how long something is so. `stop` ends that, and tells the longest such time, in seconds of the stack's clock. */
export function watchWhile(preview: Preview, isSo: (snapshot: Snapshot) => boolean): { stop(): number } {
  let longest = 0;
  let sofar = 0;
  let before = performance.now();
  const look = () => {
    const snapshot = preview.snapshot();
    const now = performance.now();
    sofar = isSo(snapshot) ? sofar + ((now - before) / 1000) * snapshot.speed : 0;
    before = now;
    longest = Math.max(longest, sofar);
  };
  const timer = setInterval(look, POLL_MS);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      return longest;
    },
  };
}

/** The revisions that the running tasks are of, e.g. `2` or `1, 2`. */
export function runningRevisions(tasks: TaskSnapshot[]): string {
  const revisions = tasks.filter(({ status }) => status === "RUNNING").map(({ revision }) => revision);
  return [...new Set(revisions)].sort((a, b) => a - b).join(", ");
}
