/** What so many tasks and a database make of a demand: what they answer, refuse and fail, and how busy that makes them. */
import type { Demand } from "./demand.ts";

export interface Capacity {
  /** Tasks that the balancer sends to. */
  tasks: number;
  /** Processors that one can use. */
  taskCpus: number;
  /** Of the instance that reads. */
  databaseCpus: number;
}

/** Requests a second, but where it says otherwise. */
export interface Served {
  /** By the edge, a task's cache, or the database. */
  answered: number;
  /** Refused on purpose, with 503. */
  shed: number;
  /** Neither: nobody was there, or had the time to refuse. */
  failed: number;
  /** CPU seconds a second, of all tasks. */
  taskCpu: number;
  /** Share of the database's processors, 0 to 1. */
  database: number;
  /** Of what the database answers: seconds, mean and 99th percentile. */
  mean: number;
  p99: number;
}

/** Above it, a task refuses what its cache does not have: `MAX_EVENT_LOOP_UTILIZATION` of the API. */
const SHEDS_ABOVE = 0.98;
/** The 99th percentile of an exponential distribution, in multiples of its mean. */
const P99 = Math.log(100);

export function serve(demand: Demand, { tasks, taskCpus, databaseCpus }: Capacity): Served {
  const { requests, hits, misses, hitCpu, missCpu, databaseCpu, refusalCpu } = demand;
  const atEdge = requests - hits - misses;
  if (tasks === 0)
    return { answered: atEdge, shed: 0, failed: hits + misses, taskCpu: 0, database: 0, mean: 0, p99: 0 };
  const processors = tasks * taskCpus;
  // What the database cannot answer in time waits for two seconds and is refused.
  const load = (misses * databaseCpu) / databaseCpus;
  let shed = load > 1 ? misses * (1 - 1 / load) : 0;
  const need = () => hits * hitCpu + (misses - shed) * missCpu + shed * refusalCpu;
  const excess = need() - processors * SHEDS_ABOVE;
  if (excess > 0 && missCpu > refusalCpu) shed += Math.min(misses - shed, excess / (missCpu - refusalCpu));
  // Past that, a task cannot even refuse all.
  const needed = need();
  const reached = Math.min(1, processors / Math.max(needed, Number.MIN_VALUE));
  shed *= reached;
  const failed = (1 - reached) * (hits + misses);
  const database = ((reached * misses - shed) * databaseCpu) / databaseCpus;
  const taskCpu = reached * needed;
  const mean = waiting(missCpu, taskCpu / processors, 1) + waiting(databaseCpu, database, databaseCpus);
  return { answered: requests - shed - failed, shed, failed, taskCpu, database, mean, p99: P99 * mean };
}

/**
 * Time in a queue with some servers and in service: M/M/c, by Sakasegawa's approximation (1977). As full as can be stands for
 * overfull, since what is too much has been refused.
 */
function waiting(service: number, utilisation: number, servers: number): number {
  const busy = Math.min(utilisation, SHEDS_ABOVE);
  return service * (1 + busy ** (Math.sqrt(2 * (servers + 1)) - 1) / (servers * (1 - busy)));
}
