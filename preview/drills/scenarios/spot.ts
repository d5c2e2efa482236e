import { type Drill, equals, loadChecks, PAST_THE_CACHE } from "../drill.ts";

/**
 * Fargate Spot takes capacity away with two minutes' notice: SIGTERM, then SIGKILL after `stopTimeout`
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html).
 */
export const spot: Drill = {
  name: "spot",
  title: "Spot interruption",
  description: "One task, then half of them, get SIGTERM and are gone after stopTimeout.",
  alarms: { rings: [], may: ["spot-interruptions"] },
  async run(context) {
    const { preview } = context;
    const load = await context.startLoad({ uncached: PAST_THE_CACHE });
    context.step("load before the interruption");
    await context.rest(5);
    const { desired } = preview.snapshot().service;
    load.enter("during");
    const seconds: { detect: number; recover: number }[] = [];
    for (const count of [1, Math.ceil(desired / 2)]) {
      context.step(`${count} of ${desired} tasks interrupted`);
      seconds.push(await interrupt(count));
    }
    const figures = await context.conclude(load, "load after the interruption");
    await context.untilSteady();
    const { service, standby, balancer } = preview.snapshot();
    // A fallback for Spot may still have tasks on demand.
    const onDemand = standby.reduce((sum, { desired }) => sum + desired, 0);
    return {
      checks: [
        ...loadChecks(figures),
        equals("failed requests", figures.failed, 0),
        equals("shed requests", figures.shed, 0),
        equals("running tasks at the end", service.running, desired),
        equals("healthy targets at the end", balancer.healthy, desired + onDemand),
      ],
      detectSeconds: Math.max(...seconds.map(({ detect }) => detect)),
      recoverSeconds: Math.max(...seconds.map(({ recover }) => recover)),
    };

    async function interrupt(count: number): Promise<{ detect: number; recover: number }> {
      const at = context.mark(count === 1 ? "1 task interrupted" : `${count} tasks interrupted`);
      const gone = preview.interruptTasks(count);
      gone.catch(() => {}); // awaited below; the drill may be cancelled before
      const detectedAt = await context.until("the interrupted target to be drained", 60, () =>
        Boolean(context.eventSince(at, "target.draining", "target.unhealthy")),
      );
      const ids = await gone;
      context.mark(`${ids.length} stopped`);
      const recoveredAt = await context.untilSteady();
      return { detect: (detectedAt - at) / 1000, recover: (recoveredAt - at) / 1000 };
    }
  },
};
