import type { TaskDefinitionChange } from "../../contract/index.ts";
import { atLeast, type Drill, equals, loadChecks, PAST_THE_CACHE } from "../drill.ts";
import { runningRevisions, watchHealth } from "../watch.ts";

/** A database address that nothing listens on: the task starts, but never becomes healthy. */
const BROKEN: TaskDefinitionChange = { environment: { DB_HOST: "127.0.0.1", DB_PORT: "1" } };
/** Quicker, since each task ends at once: for the shortened drill. */
const BROKEN_AT_ONCE: TaskDefinitionChange = { command: ["node", "-e", "process.exit(1)"] };

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html */
export const badDeploy: Drill = {
  name: "bad-deploy",
  title: "Bad deployment",
  description: "A new task definition is rolled out whose tasks never get healthy.",
  // The new tasks find no database, and say so.
  alarms: {
    rings: ["deployment-failed"],
    may: ["task-failures", "unhealthy-tasks", "database-silent", "notifications-down"],
  },
  async run(context) {
    const { preview } = context;
    const load = await context.startLoad({ uncached: PAST_THE_CACHE });
    context.step("load before the deployment");
    await context.rest(5);
    const before = preview.snapshot();
    const revision = Math.max(...before.service.deployments.map((deployment) => deployment.revision));
    const running = runningRevisions(before.tasks);
    load.enter("during");
    context.step("rolling out a task definition that cannot work");
    const at = context.mark("bad deployment");
    const health = watchHealth(preview);
    const deployment = await preview.deploy(context.short ? BROKEN_AT_ONCE : BROKEN);
    context.step("rolled back");
    const failedAt = context.eventSince(at, "deployment.failed", "deployment.rollback")?.at ?? Date.now();
    const recoveredAt = await context.untilSteady();
    context.mark("steady again");
    const figures = await context.conclude(load);
    const lowest = health.stop();
    const rolledBack = context.eventSince(at, "deployment.rollback") !== undefined;
    const { service, tasks } = preview.snapshot();
    return {
      checks: [
        ...loadChecks(figures),
        equals("failed requests", figures.failed, 0),
        equals("shed requests", figures.shed, 0),
        equals(`rollout of revision ${deployment.revision}`, deployment.rollout, "FAILED"),
        equals("new revision's number", deployment.revision > revision ? "higher" : "not higher", "higher"),
        equals("rolled back by the circuit breaker", rolledBack ? "yes" : "no", "yes"),
        equals("revision of the running tasks", runningRevisions(tasks), running),
        equals("running tasks at the end", service.running, before.service.desired),
        atLeast("lowest share of healthy targets", lowest, before.service.minimumHealthyPercent, " %"),
      ],
      detectSeconds: (failedAt - at) / 1000,
      recoverSeconds: (recoveredAt - at) / 1000,
    };
  },
};
