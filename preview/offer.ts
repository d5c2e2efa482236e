import { UserError } from "../cli/user-error.ts";
import type { Preview } from "./contract/index.ts";
import { drawDashboards } from "./dashboards/dashboards.ts";
import { breakOriginToken, rotateOriginToken } from "./origin-token.ts";
import type { Parts } from "./parts.ts";
import { takeSnapshot } from "./snapshot.ts";

/** What drills, page and control server may do with the parts. */
export function offer(parts: Parts, controlUrl: string, stop: Preview["stop"]): Preview {
  const { blueprint, clock, log, meter, database, edge, fleet, scaler, alarms, urls } = parts;
  return {
    edgeUrl: urls.edge,
    balancerUrl: urls.balancer,
    controlUrl,
    apiKey: blueprint.service.container.secrets.API_KEYS?.split(",")[0] ?? "",
    get database() {
      return database.connection;
    },
    get reader() {
      return database.readerConnection;
    },
    imageFolder: parts.imageFolder,
    events: log.emitter,
    snapshot: () => takeSnapshot(parts),
    points: (since) => meter.points(since),
    dashboards: () => drawDashboards(parts),
    log: (afterSequence) => log.after(afterSequence),
    interruptTasks: (count) => fleet.first.interrupt(count),
    withholdSpot(withheld) {
      fleet.spotWithheld = withheld;
    },
    killDatabase: () => database.kill(),
    pauseDatabase: () => database.pause(),
    startDatabase: () => database.startAgain(),
    deploy: (change) => fleet.deploy(change),
    rotateOriginToken: () => rotateOriginToken(parts),
    breakOriginToken: () => breakOriginToken(parts),
    setReaderDelay(milliseconds) {
      database.reader.delayMs = milliseconds;
    },
    setReaderCpus(cpus) {
      if (!(cpus > 0)) throw new UserError(`readerCpus ${cpus}: choose more than 0.`);
      parts.databaseLoad.cpus.READER = cpus;
    },
    flushEdgeCache: () => edge.flush(),
    setSpeed(factor) {
      if (!(factor >= 1 && factor <= 100)) throw new UserError(`speed ${factor}: choose 1 to 100.`);
      clock.speed = factor;
      log.write(
        "clock.speed",
        "info",
        blueprint.service.address,
        `The stack's clocks run ${factor} times faster.`,
      );
    },
    setTaskCpus(cpus) {
      if (!(cpus > 0)) throw new UserError(`taskCpus ${cpus}: choose more than 0.`);
      parts.taskCpus = cpus;
    },
    forgetMetrics: () => alarms.begin(),
    setDesiredCount: (count) => scaler.setDesired(count),
    stop,
  };
}
