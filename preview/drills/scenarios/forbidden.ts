import { atLeast, type Drill, equals, loadChecks } from "../drill.ts";

/**
 * The edge shows a token that the balancer's rule does not take: a rotation that went half way, or a rule that somebody
 * changed. What was cached is gone with it, since the edge keeps nothing for ever.
 */
export const forbidden: Drill = {
  name: "forbidden",
  title: "Everybody gets 403",
  description: "The origin token of the edge and that of the load balancer do not match.",
  alarms: { rings: ["edge-refusals", "bypass"] },
  async run(context) {
    const { preview } = context;
    const load = await context.startLoad();
    context.step("load before the mismatch");
    await context.rest(5);
    load.enter("during");
    context.step("tokens that do not match");
    const at = context.mark("mismatch");
    let rangAt: number | undefined;
    try {
      preview.breakOriginToken();
      preview.flushEdgeCache();
      rangAt = await context.untilRung("edge-refusals");
    } finally {
      context.mark("a new token");
      await preview.rotateOriginToken();
      preview.flushEdgeCache(); // errors are kept, too
    }
    const recoveredAt = await context.untilServed("/v1/categories");
    const figures = await context.conclude(load, "load after the rotation");
    return {
      checks: [
        ...loadChecks(figures),
        atLeast("failed reads meanwhile", figures.during.reads.failed, 1),
        equals("failed requests afterwards", figures.after.reads.failed + figures.after.writes.failed, 0),
      ],
      detectSeconds: rangAt && (rangAt - at) / 1000,
      recoverSeconds: (recoveredAt - at) / 1000,
    };
  },
};
