import { atLeast, atMost, type Drill, type DrillContext, equals, loadChecks } from "./drill.ts";
import type { Load } from "./load.ts";

/** The load grows by this factor from one moment to the next. */
const FACTOR = 10;
/** What the spike asks for, in multiples of what the smallest service carries at its CPU target. */
const DEMAND = 1.5;
/** Requests per second with which the search for the right load begins. */
const FIRST_RATE = 200;
const ATTEMPTS = 5;
/** While the scaler has not acted, the load is kept this much above what it takes, and looked at this often. */
const MARGIN = 1.2;
const RAISE_AFTER_MS = 4_000;
/** More than this a small machine cannot send and answer at once. */
const RATE_MAX = 1_500;
/** Misses make the tasks work; a sale's visitors filter and search more than they look at the front page. */
const UNCACHED = 0.4;
/** Target tracking scales in only after 15 quiet minutes: faster clocks for the way back. */
const WAY_BACK_SPEED = 40;
/** Of all requests: what may be shed while new tasks start. */
const SHED_MAX_PERCENT = 1;

export const spike: Drill = {
  name: "spike",
  title: "Traffic spike",
  description: "Ten times the traffic from one second to the next.",
  async run(context) {
    const { preview } = context;
    const { speed, scaler } = preview.snapshot();
    const load = await context.startLoad({ rate: FIRST_RATE, writeRate: 1, uncached: UNCACHED });
    const rate = await findRate(context, load, DEMAND * scaler.minimum * scaler.target);
    load.setRate(rate / FACTOR);
    context.step(`${Math.round(rate / FACTOR)} requests a second before the spike`);
    await context.rest(6);
    const { desired: small } = preview.snapshot().service;

    load.enter("during");
    load.setRate(rate);
    context.step(`${rate} requests a second`);
    const at = context.mark(`${FACTOR} × traffic`);
    const detectedAt = await untilScaledOut(context, load, rate, small);
    await context.until("the new tasks to carry the load", 120, () => carries(context));
    const recoveredAt = Date.now();
    context.mark("load carried");
    await context.rest(5);
    const peak = preview.snapshot();
    const peakCpu = (demand(context, 4) ?? 0) / peak.service.running;

    load.enter("after");
    load.setRate(rate / FACTOR);
    context.mark("traffic back to normal");
    context.step("waiting for the service to scale in");
    try {
      preview.setSpeed(Math.max(speed, WAY_BACK_SPEED));
      await context.until("the service to scale in", 120, () => preview.snapshot().service.desired <= small);
      await context.untilSteady();
    } finally {
      preview.setSpeed(speed);
    }
    const figures = await context.finish(load);
    return {
      checks: [
        ...loadChecks(figures),
        equals("failed requests", figures.failed, 0),
        atMost("shed requests", (100 * figures.shed) / figures.sent, SHED_MAX_PERCENT, " %", 2),
        atLeast("tasks at the peak", peak.service.running, small + 1),
        peak.service.running === scaler.maximum
          ? equals("tasks at the peak, the maximum", peak.service.running, scaler.maximum)
          : atMost("mean CPU at the peak", peakCpu, scaler.target * 1.1, " %"),
        equals("tasks after the spike", preview.snapshot().service.running, small),
      ],
      detectSeconds: (detectedAt - at) / 1000,
      recoverSeconds: (recoveredAt - at) / 1000,
    };
  },
};

/**
 * How many requests a second make the tasks use this much CPU. Tried out, since a request costs less the more there
 * are (compiled code, shared queries), and briefly, so that the alarm sees too few datapoints to act.
 */
async function findRate(context: DrillContext, load: Load, wanted: number): Promise<number> {
  let rate = FIRST_RATE;
  for (let attempt = 1; ; attempt++) {
    context.step(`looking for the load that needs more tasks: ${rate} requests a second`);
    load.setRate(rate);
    await context.rest(3);
    const used = Math.max(1, demand(context, 2) ?? 0);
    if (attempt === ATTEMPTS || rate === RATE_MAX || Math.abs(used / wanted - 1) < 0.1) return rate;
    rate = Math.round(Math.min(RATE_MAX, rate * 3, (rate * wanted) / used));
  }
}

/**
 * Waits for more tasks to be wanted. Code that has just been compiled costs less than it did when the load was looked
 * for, so the load grows further until it is enough.
 */
async function untilScaledOut(
  context: DrillContext,
  load: Load,
  rate: number,
  small: number,
): Promise<number> {
  const { preview } = context;
  let [current, raisedAt] = [rate, Date.now()];
  return context.until("the scaler to act", 120, () => {
    const { service, scaler } = preview.snapshot();
    if (Date.now() - raisedAt > RAISE_AFTER_MS && current < RATE_MAX) {
      const enough = (demand(context, 3) ?? 0) / service.running > scaler.target * MARGIN;
      if (!enough) current = Math.round(Math.min(RATE_MAX, current * MARGIN));
      load.setRate(current);
      raisedAt = Date.now();
    }
    return service.desired > small;
  });
}

/** CPU that the tasks used together over the last seconds, in percent of one task's slice. */
function demand({ preview }: DrillContext, seconds: number): number | undefined {
  const points = preview.points(Date.now() - seconds * 1000 - 1_000);
  const known = points.filter(({ cpuPercent }) => cpuPercent !== undefined);
  if (known.length === 0) return undefined;
  return known.reduce((sum, { cpuPercent, running }) => sum + cpuPercent! * running, 0) / known.length;
}

/** All tasks that the scaler wants are healthy, and their CPU is back at the target (or there can be no more). */
function carries(context: DrillContext): boolean {
  const { service, balancer, scaler } = context.preview.snapshot();
  if (service.running < service.desired || balancer.healthy < service.desired) return false;
  if (service.desired === scaler.maximum) return true;
  return (demand(context, 4) ?? Number.POSITIVE_INFINITY) / service.running <= scaler.target * 1.1;
}
