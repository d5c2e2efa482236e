import { atLeast, atMost, type Drill, type DrillContext, equals, loadChecks } from "./drill.ts";

/** The load grows by this factor from one moment to the next. */
const FACTOR = 10;
/** What the spike asks for, in multiples of what the smallest service carries at its CPU target. */
const DEMAND = 1.6;
/** Requests per second at which a request's cost is measured. */
const PROBE_RATE = 40;
/** More than this a small machine cannot send and answer at once. */
const RATE_MAX = 1_500;
/** Misses make the tasks work; a sale's visitors filter and search more than they look at the front page. */
const UNCACHED = 0.3;
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
    const load = await context.startLoad({ rate: PROBE_RATE, writeRate: 1, uncached: UNCACHED });
    context.step("measuring what a request costs");
    await context.rest(6);
    const cost = (demand(context, 4) ?? 0) / PROBE_RATE;
    const wanted = (DEMAND * scaler.minimum * scaler.target) / Math.max(cost, 0.01);
    const rate = Math.round(Math.min(RATE_MAX, Math.max(FACTOR * 10, wanted)));
    load.setRate(rate / FACTOR);
    context.step(`${Math.round(rate / FACTOR)} requests a second before the spike`);
    await context.rest(6);
    const { desired: small } = preview.snapshot().service;

    load.enter("during");
    load.setRate(rate);
    context.step(`${rate} requests a second`);
    const at = context.mark(`${FACTOR} × traffic`);
    const grown = () => preview.snapshot().service.desired > small;
    const detectedAt = await context.until("the scaler to act", 90, grown);
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
