import type { Preview } from "../../contract/index.ts";
import { atLeast, atMost, type Drill, type DrillContext, equals, loadChecks } from "../drill.ts";

/** The load grows by this factor from one moment to the next, from so many requests a second. */
const FACTOR = 10;
const RATE = 30;
/** Reads that no cache can answer, so that the tasks have to work. */
const UNCACHED = 0.3;
/**
 * What the spike needs, in multiples of what the smallest service carries at its CPU target. So much more than 1,
 * since a request costs less once its code has been compiled: the spike must not fall below the target for that.
 */
const DEMAND = 1.6;
/** Target tracking scales in only after 15 quiet minutes: faster clocks for the way back. */
const WAY_BACK_SPEED = 40;
/** Of all requests: what may be shed while new tasks start. */
const SHED_MAX_PERCENT = 1;
/** New tasks need this long at most until they carry the load: a few rounds of alarm, start and cool-down. */
const CARRY_SECONDS = 90;
/** A minute of the stack's time, at the speed that drills are made for. */
const DATAPOINT_SECONDS = 6;
/** A mean so little above the target is the target's: the alarm looks at single datapoints. */
const TOLERANCE = 1.1;

/**
 * Ten times the traffic must need more tasks than there are, on any machine. So it is the slice of this machine that
 * stands for one task's CPU which is chosen, after a look at what the traffic costs, and not the traffic: that would
 * have to be more than a small machine can send and answer at once.
 */
export const spike: Drill = {
  name: "spike",
  title: "Traffic spike",
  description: "Ten times the traffic from one second to the next.",
  // While new tasks start, the few that there are may be slow and shed, and the database is asked ten times as much.
  alarms: {
    rings: [],
    may: [
      "service-cpu",
      "write-errors",
      "slow-answers",
      "latency-burn-fast",
      "api-errors",
      "edge-errors",
      "reader-cpu",
    ],
  },
  async run(context) {
    const { preview } = context;
    const { taskCpus } = preview.snapshot().service;
    const { speed } = preview.snapshot();
    try {
      return await scaleOutAndIn(context);
    } finally {
      preview.setTaskCpus(taskCpus);
      preview.setSpeed(speed);
    }
  },
};

async function scaleOutAndIn(context: DrillContext) {
  const { preview } = context;
  const { scaler, speed } = preview.snapshot();
  const load = await context.startLoad({ rate: RATE, writeRate: 1, uncached: UNCACHED, phase: "warm-up" });
  context.step("measuring what the spike will cost");
  await context.pause(2);
  load.setRate(FACTOR * RATE);
  await context.pause(4);
  const cpus = await cpusUsed(context, 3);
  preview.setTaskCpus((cpus * 100) / (DEMAND * scaler.minimum * scaler.target));
  load.setRate(RATE);
  await context.pause(2); // what is under way still
  load.enter("before");
  context.step(`${RATE} requests a second before the spike`);
  await context.pause(8);
  const { desired: small } = preview.snapshot().service;

  load.enter("during");
  load.setRate(FACTOR * RATE);
  context.step(`${FACTOR * RATE} requests a second`);
  const at = context.mark(`${FACTOR} × traffic`);
  const detectedAt = await context.until("the scaler to act", 120, () => isScaledOut(preview, small));
  const recoveredAt = await context.within(CARRY_SECONDS, () => carries(preview));
  context.mark("load carried");
  const peak = preview.snapshot().service.running;
  const peakCpu = settledCpu(preview);

  load.enter("after");
  load.setRate(RATE);
  context.mark("traffic back to normal");
  context.step("waiting for the service to scale in");
  preview.setSpeed(Math.max(speed, WAY_BACK_SPEED));
  await context.until("the service to scale in", 120, () => !isScaledOut(preview, small));
  await context.untilSteady();
  const figures = await context.finish(load);
  return {
    checks: [
      ...loadChecks(figures),
      equals("failed requests", figures.failed, 0),
      atMost("shed requests", (100 * figures.shed) / figures.sent, SHED_MAX_PERCENT, " %", 2),
      atLeast("tasks at the peak", peak, small + 1),
      peak === scaler.maximum
        ? equals("tasks at the peak, the maximum", peak, scaler.maximum)
        : atMost("mean CPU at the peak", peakCpu, scaler.target * TOLERANCE, " %"),
      equals("tasks after the spike", preview.snapshot().service.running, small),
    ],
    detectSeconds: (detectedAt - at) / 1000,
    recoverSeconds: recoveredAt && (recoveredAt - at) / 1000,
  };
}

/** CPUs of this machine that all tasks use together: the mean of the next seconds. */
async function cpusUsed(context: DrillContext, seconds: number): Promise<number> {
  let sum = 0;
  for (let second = 0; second < seconds; second++) {
    await context.pause(1);
    const { tasks, service } = context.preview.snapshot();
    const percent = tasks.reduce(
      (total, { status, cpuPercent }) => total + (status === "RUNNING" ? cpuPercent : 0),
      0,
    );
    sum += (percent / 100) * service.taskCpus;
  }
  return sum / seconds;
}

function isScaledOut(preview: Preview, small: number): boolean {
  return preview.snapshot().service.desired > small;
}

/** As many tasks as the scaler wants have been healthy for a datapoint, at a CPU within the target or at the maximum. */
function carries(preview: Preview): boolean {
  const { service, scaler } = preview.snapshot();
  const cpu = settledCpu(preview);
  return cpu !== undefined && (cpu <= scaler.target * TOLERANCE || service.running === scaler.maximum);
}

/** Mean CPU of the tasks over the last datapoint, if their number has not changed since. */
function settledCpu(preview: Preview): number | undefined {
  const { desired } = preview.snapshot().service;
  const last = preview.points().slice(-DATAPOINT_SECONDS);
  if (
    last.length < DATAPOINT_SECONDS ||
    last.some(({ healthy, running }) => healthy !== desired || running !== desired)
  )
    return undefined;
  return last.reduce((sum, { cpuPercent }) => sum + (cpuPercent ?? 0), 0) / last.length;
}
