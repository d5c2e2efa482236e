import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atLeast, atMost, type Drill, equals, loadChecks, PAST_THE_CACHE } from "../drill.ts";
import { runningRevisions } from "../watch.ts";

/** Of what the new version answers, health checks apart: so much fails. */
const SICK_SHARE = 0.1;
/** So many requests that a minute's tenth is no noise to an alarm. */
const RATE = 100;
const HEALTH_PATH = "/health";

/** Loaded before the API: answers every tenth request itself, with what a defect would. */
const SICKNESS = `
import { Server } from "node:http";
const emit = Server.prototype.emit;
let count = 0;
Server.prototype.emit = function (name, request, response) {
  const sick = name === "request" && request.url !== ${JSON.stringify(HEALTH_PATH)} && ++count % ${1 / SICK_SHARE} === 0;
  if (!sick) return emit.apply(this, arguments);
  request.resume();
  response.writeHead(500, { "content-type": "application/problem+json", "cache-control": "no-store" });
  response.end('{"title":"Internal Server Error","status":500}');
  return true;
};
`;

/**
 * The health check passes, and so no circuit breaker trips: only what customers get says that the version is bad
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html).
 */
export const sickDeploy: Drill = {
  name: "sick-deploy",
  title: "Sick deployment",
  description: "A new version passes its health check and fails every tenth request.",
  alarms: { rings: ["api-errors", "deployment-failed", "edge-errors"], may: ["availability-burn-fast"] },
  async run(context) {
    const { preview } = context;
    const folder = await mkdtemp(join(tmpdir(), "preview-sick-"));
    try {
      const sickness = join(folder, "sickness.mjs");
      await writeFile(sickness, SICKNESS);
      const load = await context.startLoad({ rate: RATE, uncached: PAST_THE_CACHE });
      context.step("load before the deployment");
      await context.rest(5);
      const before = runningRevisions(preview.snapshot().tasks);
      load.enter("during");
      context.step("rolling out a version that fails its customers");
      const at = context.mark("sick deployment");
      const { revision, rollout } = await preview.deploy({
        environment: { NODE_OPTIONS: `--import=${sickness}` },
      });
      const failedAt = context.eventSince(at, "deployment.failed")?.at ?? Date.now();
      context.step("rolled back");
      const recoveredAt = await context.untilSteady();
      context.mark("steady again");
      const figures = await context.conclude(load);
      const reason = context.eventSince(at, "deployment.failed")?.message ?? "none";
      return {
        checks: [
          ...loadChecks(figures),
          equals(`rollout of revision ${revision}`, rollout, "FAILED"),
          equals("rolled back by an alarm", /alarm-\S+ rang/.test(reason) ? "yes" : reason, "yes"),
          equals("revision of the running tasks", runningRevisions(preview.snapshot().tasks), before),
          atLeast("failed requests meanwhile", figures.during.reads.failed, 1),
          atMost("failed requests meanwhile", percentFailed(figures.during.reads), 100 * SICK_SHARE, " %", 1),
          equals("failed requests afterwards", figures.after.reads.failed + figures.after.writes.failed, 0),
        ],
        detectSeconds: (failedAt - at) / 1000,
        recoverSeconds: (recoveredAt - at) / 1000,
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

const percentFailed = ({ sent, failed }: { sent: number; failed: number }) =>
  (100 * failed) / Math.max(1, sent);
