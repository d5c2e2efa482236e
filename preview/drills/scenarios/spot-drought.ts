import { UserError } from "../../../cli/user-error.ts";
import type { Snapshot } from "../../contract/index.ts";
import { atMost, type Drill, type DrillContext, equals, loadChecks, PAST_THE_CACHE } from "../drill.ts";
import { watchWhile } from "../watch.ts";

/** For so long no Spot task can be started, in seconds of the stack's clock. */
const DROUGHT_SECONDS = 600;
/** Of the stack's clock: for so long there may be fewer healthy tasks than the minimum. */
const LONGEST_SHORTAGE_SECONDS = 300;
/** Of all requests: what may be shed while half of the tasks carry everything. */
const SHED_MAX_PERCENT = 1;
/**
 * What is AWS's own, in seconds: Container Insights' figures of a minute are up to two minutes old when CloudWatch's alarm looks
 * at them; a Fargate task has its network interface and its image a minute after it was asked for, and passes its first health
 * check within that check's interval of 30 s. How long a process takes to start on this machine says nothing of that.
 */
const AWS_ALONE_SECONDS = 120 + 60 + 30;
const TIMEOUT_SECONDS = 120;

/**
 * Spot takes half of the tasks, then the others, and gives none back: what runs on demand does so by the stack's own alarms
 * and step-scaling policies, as does the way back.
 */
export const spotDrought: Drill = {
  name: "spot-drought",
  title: "Spot drought",
  description:
    "Spot takes every task, half of them first, and gives none for ten minutes of the stack's clock.",
  // Fewer than the minimum are healthy until those on demand are; half the tasks carry everything meanwhile.
  alarms: { rings: ["too-few-tasks"], may: ["spot-interruptions", "service-cpu", "slow-answers"] },
  async run(context) {
    const { preview } = context;
    const { standby } = preview.snapshot();
    if (standby.length === 0)
      throw new UserError(
        "The stack has no fallback for Spot: start the preview with SPOT_FALLBACK_TASKS=2 set, or run the drill without one.",
      );
    try {
      return await endure(context);
    } finally {
      preview.withholdSpot(false);
    }
  },
};

async function endure(context: DrillContext) {
  const { preview } = context;
  const { speed, scaler } = preview.snapshot();
  const least = scaler.minimum;
  const load = await context.startLoad({ uncached: PAST_THE_CACHE });
  context.step("load before the drought");
  await context.rest(5);
  load.enter("during");
  const unanswered = watchWhile(preview, (snapshot) => healthyOnSpot(snapshot) + askedFor(snapshot) < least);
  preview.withholdSpot(true);
  const at = context.mark("no Spot task can be started");
  const taken: Promise<string[]>[] = [];
  const half = Math.ceil(onSpot(context) / 2);
  for (const count of [half, onSpot(context) - half]) {
    context.step(`Spot takes ${count} tasks`);
    context.mark(`${count} taken`);
    const gone = preview.interruptTasks(count);
    gone.catch(() => {}); // awaited below; the drill may be cancelled before
    taken.push(gone);
    await context.until("tasks on demand", TIMEOUT_SECONDS, () => isShort(context, least));
    await context.until(
      "as many healthy tasks as the minimum",
      TIMEOUT_SECONDS,
      () => !isShort(context, least),
    );
  }
  const recoveredAt = context.mark("all on demand");
  const unansweredSeconds = unanswered.stop();
  await Promise.all(taken);
  context.step("waiting for the drought to end");
  const endsAt = at + (DROUGHT_SECONDS / speed) * 1000;
  await context.pause(Math.max(0, endsAt - Date.now()) / 1000);
  const onDemand = running(context, "FARGATE");

  preview.withholdSpot(false);
  const endedAt = context.mark("Spot gives tasks again");
  context.step("waiting for the tasks to be back on Spot");
  const backAt = await context.within(TIMEOUT_SECONDS, () =>
    preview.snapshot().standby.every(({ desired, running }) => desired === 0 && running === 0),
  );
  await context.untilSteady();
  const figures = await context.conclude(load);
  return {
    checks: [
      ...loadChecks(figures),
      equals("failed requests", figures.failed, 0),
      atMost("shed requests", (100 * figures.shed) / figures.sent, SHED_MAX_PERCENT, " %", 2),
      equals("tasks on demand at the drought's end", onDemand, least),
      atMost(
        `stack's seconds under ${least} healthy tasks: until those on demand were asked for, and ${AWS_ALONE_SECONDS} of AWS's own`,
        unansweredSeconds + AWS_ALONE_SECONDS,
        LONGEST_SHORTAGE_SECONDS,
        " s",
      ),
      atMost(
        "stack's seconds until none runs on demand",
        backAt && ((backAt - endedAt) / 1000) * speed,
        600,
        " s",
      ),
      equals("tasks on Spot at the end", onSpot(context), least),
    ],
    detectSeconds: undefined,
    recoverSeconds: (recoveredAt - at) / 1000,
  };
}

const running = ({ preview }: DrillContext, provider: string) =>
  preview.snapshot().tasks.filter((task) => task.status === "RUNNING" && task.provider === provider).length;

const onSpot = (context: DrillContext) => running(context, "FARGATE_SPOT");

const healthyOnSpot = ({ tasks }: Snapshot) =>
  tasks.filter(({ health, provider }) => health === "healthy" && provider === "FARGATE_SPOT").length;

const askedFor = ({ standby }: Snapshot) => standby.reduce((sum, { desired }) => sum + desired, 0);

const isShort = ({ preview }: DrillContext, least: number) => preview.snapshot().balancer.healthy < least;
