/**
 * The forecast beside a drill: the preview's `spike`, simulated with the preview's clocks, against what the preview did. From the
 * drill come the load, minute by minute, in the CPU that it wants (a machine that others use too does the same requests at one
 * price now and at twice that a minute later), and what a task costs that starts or idles; when tasks start and end, how busy
 * that makes them, and what they refuse are the forecast's own.
 */
import { UserError } from "../../cli/user-error.ts";
import { CLASSES } from "./classes.ts";
import type { Service } from "./service.ts";
import { type Clocks, simulate } from "./simulate.ts";

/** Of a second of the drill; see `Point` of the preview. */
interface Second {
  /** Milliseconds. */
  at: number;
  requests: number;
  originRequests: number;
  shed: number;
  cpuPercent?: number;
  running: number;
  healthy: number;
  desired: number;
  speed: number;
}

/** As `catalog drill spike --json` prints it. */
export interface DrillReport {
  name: string;
  marks: { at: number; label: string }[];
  points: Second[];
}

export interface Comparison {
  /** Of the stack's time. */
  minutes: { drill: number; forecast: number }[];
  /** Share of the minutes in which the numbers of running tasks differ by no more than one. */
  within: number;
  /** Of all requests, 0 to 1. */
  shed: { drill: number; forecast: number };
  holds: boolean;
}

const LEAST_WITHIN = 0.9;
const MOST_SHED_APART = 0.05;
/** A process is there at once; there is no CloudWatch in between. */
const CLOCKS: Omit<Clocks, "healthy"> = { start: 0, metric: 0, notice: 0 };
/** Before the load grows: until then the drill finds out which slice of the machine stands for a task's CPU. */
const BEFORE_MS = 6_000;
/** A task that is busier is measured as 100 percent, whatever it wants: nothing can be told from it of what a request costs. */
const MEASURED_BELOW_PERCENT = 95;

/** @throws UserError for what is no report of that drill */
export function readDrill(text: string, file: string): DrillReport {
  let report: DrillReport | undefined;
  try {
    report = JSON.parse(text);
  } catch {}
  const isWhole = Array.isArray(report?.marks) && report.points?.every?.(({ speed }) => speed > 0);
  if (report?.name !== "spike" || !isWhole || report.points.length === 0)
    throw new UserError(`${file} is not what \`bin/catalog drill spike --json\` prints.`);
  return report;
}

export function compare(report: DrillReport, service: Service): Comparison {
  const seconds = fromTheDrill(report);
  const costs = costsOf(seconds);
  const { request, idle } = costs;
  const drill = byMinute(seconds, costs);
  const starting = startOf(seconds, costs);
  const minimum = seconds[0]!.desired;
  const minutes = simulate(
    { ...service, minimum, onDemandBase: 0, scheduled: [], taskCpus: 1 },
    {
      curve: drill.map(({ wanted }) => wanted / request),
      begins: new Date(0),
      // The drill's database is never what is short.
      ask: (rate) => ({
        requests: rate,
        hits: 0,
        misses: rate,
        hitCpu: 0,
        missCpu: request,
        databaseCpu: 0,
        refusalCpu: 0,
      }),
      idleCpu: idle,
      startCpu: starting.cpu,
      database: CLASSES["db.r6g.large"]!,
      clocks: { ...CLOCKS, healthy: starting.seconds },
      spot: [],
      // A process here may use more than the slice that its CPU is measured by.
      taskCpus: Number.MAX_SAFE_INTEGER,
    },
  );
  const tasks = minutes.map(({ running }, minute) => ({ drill: drill[minute]!.running, forecast: running }));
  const within = tasks.filter((each) => Math.abs(each.drill - each.forecast) <= 1).length / tasks.length;
  const total = (of: (second: Second) => number) => seconds.reduce((sum, second) => sum + of(second), 0);
  const requests = minutes.reduce((sum, minute) => sum + minute.requests, 0);
  const shed = {
    drill: total((second) => second.shed) / total((second) => second.requests),
    forecast: minutes.reduce((sum, minute) => sum + minute.shed + minute.failed, 0) / requests,
  };
  const holds = within >= LEAST_WITHIN && Math.abs(shed.drill - shed.forecast) <= MOST_SHED_APART;
  return { minutes: tasks, within, shed, holds };
}

/** Minutes of the stack's time: slices of a task's CPU that the requests wanted, and how many tasks ran at the end. */
function byMinute(seconds: readonly Second[], costs: Costs): { wanted: number; running: number }[] {
  let minute = 0;
  const of = seconds.map((second) => {
    const own = Math.floor(minute);
    minute += second.speed / 60;
    return { ...second, own };
  });
  const groups = Map.groupBy(of, ({ own }) => own);
  return Array.from({ length: Math.floor(minute) }, (_, number) => {
    // At forty times the speed, a second may pass over a minute's begin.
    const group = groups.get(number) ?? groups.get(number - 1)!;
    return {
      wanted: group.reduce((sum, second) => sum + wantedIn(second, costs), 0) / group.length,
      running: group.at(-1)!.running,
    };
  });
}

/** @throws UserError for a drill in which nothing happened that could be foretold */
function fromTheDrill({ points, marks }: DrillReport): readonly Second[] {
  const grown = marks.find(({ label }) => label.endsWith("× traffic"))?.at ?? Number.POSITIVE_INFINITY;
  const seconds = points.filter(({ at }) => at >= grown - BEFORE_MS);
  if (!seconds.some(({ desired }) => desired > seconds[0]!.desired))
    throw new UserError("In this drill the service did not scale out: there is nothing to compare.");
  return seconds;
}

/** Slices of a task's CPU. */
interface Costs {
  /** For each request that reached the tasks. */
  request: number;
  /** Of a task that nobody asks for anything. */
  idle: number;
}

const used = ({ cpuPercent = 0, running }: Second): number => (cpuPercent / 100) * running;
const isStarting = ({ running, healthy }: Second): boolean => healthy < running;
/** Whether what the tasks used is what its requests wanted: none was full, none was starting. */
const isMeasured = (second: Second): boolean =>
  (second.cpuPercent ?? 100) < MEASURED_BELOW_PERCENT && !isStarting(second);

/** What the requests of a second wanted: what they used, or what they cost at other times where that cannot be told. */
function wantedIn(second: Second, { request, idle }: Costs): number {
  const usual = second.originRequests * request;
  if (isStarting(second)) return usual;
  const own = Math.max(0, used(second) - idle * second.running);
  return isMeasured(second) ? own : Math.max(own, usual);
}

/** How long a task runs until it is healthy, of the stack's time, and the share of its CPU that it uses meanwhile: means. */
function startOf(seconds: readonly Second[], { request, idle }: Costs): { seconds: number; cpu: number } {
  // Behind the peak, a task is unhealthy since it leaves.
  const most = Math.max(...seconds.map(({ running }) => running));
  const growing = seconds.slice(
    0,
    seconds.findLastIndex(({ running }) => running === most),
  );
  const started = most - seconds[0]!.running;
  const starting = growing.filter((second) => isStarting(second));
  const tasks = starting.reduce((sum, { running, healthy }) => sum + running - healthy, 0);
  if (started <= 0 || tasks === 0) return { seconds: 0, cpu: idle };
  const cpu = starting.reduce((sum, second) => {
    const serving = Math.min(second.healthy, second.originRequests * request + idle * second.healthy);
    return sum + used(second) - serving;
  }, 0);
  const waited = starting.reduce((sum, { running, healthy, speed }) => sum + (running - healthy) * speed, 0);
  return { seconds: waited / started, cpu: Math.min(1, Math.max(idle, cpu / tasks)) };
}

/**
 * Slices of a task's CPU for each request that reached the tasks, and of a task without any: its heartbeats and health checks,
 * which are much of so small a slice. By least squares over the seconds in which the tasks could do what they wanted.
 */
function costsOf(seconds: readonly Second[]): Costs {
  const measured = seconds.filter(isMeasured);
  const sum = (of: (second: Second) => number) => measured.reduce((total, second) => total + of(second), 0);
  const tasks = sum(({ running }) => running ** 2);
  const both = sum(({ running, originRequests }) => running * originRequests);
  const requests = sum(({ originRequests }) => originRequests ** 2);
  const usedByTasks = sum((second) => used(second) * second.running);
  const usedByRequests = sum((second) => used(second) * second.originRequests);
  const determinant = tasks * requests - both ** 2;
  const request = (usedByRequests * tasks - usedByTasks * both) / determinant;
  const idle = (usedByTasks * requests - usedByRequests * both) / determinant;
  if (!(request > 0))
    throw new UserError(
      "In this drill the tasks were busy all the while: what a request costs cannot be told.",
    );
  return { request, idle: Math.max(0, idle) };
}

export function toText({ minutes, within, shed, holds }: Comparison): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const row = (of: (each: Comparison["minutes"][number]) => number) =>
    minutes.map((each) => String(of(each)).padStart(2)).join(" ");
  return [
    `Tasks by the minute of the stack's time: within one of each other in ${percent(within)} of ${minutes.length} (at least ${percent(LEAST_WITHIN)})`,
    `  drill     ${row(({ drill }) => drill)}`,
    `  forecast  ${row(({ forecast }) => forecast)}`,
    `Shed: ${percent(shed.drill)} in the drill, ${percent(shed.forecast)} in the forecast (at most ${percent(MOST_SHED_APART)} apart)`,
    holds ? "The forecast holds." : "The forecast does not hold.",
    "",
  ].join("\n");
}
