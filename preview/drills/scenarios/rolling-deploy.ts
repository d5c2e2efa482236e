import { atLeast, type Drill, equals, loadChecks, PAST_THE_CACHE } from "../drill.ts";
import { runningRevisions, watchHealth } from "../watch.ts";

export const rollingDeploy: Drill = {
  name: "rolling-deploy",
  title: "Rolling deployment",
  description: "A good new version replaces the running one, task by task.",
  alarms: { rings: [] },
  async run(context) {
    const { preview } = context;
    const load = await context.startLoad({ uncached: PAST_THE_CACHE });
    context.step("load before the deployment");
    await context.rest(5);
    const { minimumHealthyPercent } = preview.snapshot().service;
    load.enter("during");
    context.step("rolling out a new version");
    const at = context.mark("deployment");
    const health = watchHealth(preview);
    const deploying = preview.deploy({});
    deploying.catch(() => {}); // awaited below; the drill may be cancelled before
    const detectedAt = await context.until("a task of the new version to be healthy", 90, () => {
      const { tasks } = preview.snapshot();
      return tasks.some((task) => task.startedAt >= at && task.health === "healthy");
    });
    const { revision, rollout } = await deploying;
    const recoveredAt = await context.untilSteady();
    context.mark("deployed");
    const figures = await context.conclude(load, "load after the deployment");
    return {
      checks: [
        ...loadChecks(figures),
        equals("failed requests", figures.failed, 0),
        equals("shed requests", figures.shed, 0),
        equals(`rollout of revision ${revision}`, rollout, "COMPLETED"),
        equals("revision of the running tasks", runningRevisions(preview.snapshot().tasks), String(revision)),
        atLeast("lowest share of healthy targets", health.stop(), minimumHealthyPercent, " %"),
      ],
      detectSeconds: (detectedAt - at) / 1000,
      recoverSeconds: (recoveredAt - at) / 1000,
    };
  },
};
