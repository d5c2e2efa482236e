/**
 * What the service scheduler does next, as a pure function of what runs: within the limits of a rolling update, and
 * starting a replacement before it stops an unhealthy task where the limits leave room.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
 */
import type { Task } from "./task.ts";

/** A running task that is not on its way out. */
export interface Replica {
  task: Task;
  healthy: boolean;
  /** The balancer calls it unhealthy, and the time in which that does not count is over. */
  failed: boolean;
}

export interface Limits {
  desired: number;
  minimumHealthyPercent: number;
  maximumPercent: number;
}

export interface Plan {
  /** How many tasks of the primary revision to start. */
  start: number;
  /** Tasks to take out and stop. */
  retire: Task[];
  /** Tasks to take out and stop since they failed. */
  giveUp: Task[];
}

/** @param starting tasks of the primary revision that are not running yet. */
export function plan(replicas: Replica[], primaryRevision: number, starting: number, limits: Limits): Plan {
  const { desired } = limits;
  const minimum = Math.ceil((desired * limits.minimumHealthyPercent) / 100);
  const maximum = Math.floor((desired * limits.maximumPercent) / 100);
  const usable = replicas.filter(({ failed }) => !failed);
  const mine = usable.filter(({ task }) => task.revision === primaryRevision);
  const older = usable.filter(({ task }) => task.revision !== primaryRevision);
  const missing = Math.max(0, desired - mine.length - starting);
  const room = Math.max(0, maximum - replicas.length - starting);
  let healthy = usable.filter((replica) => replica.healthy).length;
  const giveUp = chooseFailed(replicas, healthy >= minimum, room === 0 ? missing : 0);
  const retire = unhealthyFirst(mine).slice(0, Math.max(0, mine.length - desired));
  for (const replica of unhealthyFirst(older)) {
    if (replica.healthy && --healthy < minimum) break;
    retire.push(replica);
  }
  return { start: Math.min(missing, room), retire: retire.map(({ task }) => task), giveUp };
}

/**
 * One that has never been healthy serves nobody, and goes. One that was may still answer: it goes when enough others
 * are healthy, or when its replacement has no room otherwise.
 */
function chooseFailed(replicas: Replica[], enoughHealthy: boolean, roomNeeded: number): Task[] {
  const failed = replicas.filter((replica) => replica.failed).map(({ task }) => task);
  const hopeless = failed.filter(({ everHealthy }) => !everHealthy);
  const once = failed.filter(({ everHealthy }) => everHealthy);
  return [...hopeless, ...(enoughHealthy ? once : once.slice(0, Math.max(0, roomNeeded - hopeless.length)))];
}

/** Then the youngest first: it has the least in its cache. */
function unhealthyFirst(replicas: Replica[]): Replica[] {
  return [...replicas].sort(
    (a, b) => Number(a.healthy) - Number(b.healthy) || b.task.startedAt - a.task.startedAt,
  );
}
