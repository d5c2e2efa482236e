/** The state of all parts at one moment. */

import type { Snapshot } from "./contract/index.ts";
import type { Parts } from "./parts.ts";

export function takeSnapshot(parts: Parts): Snapshot {
  const { blueprint, clock, meter, database, balancer, edge, fleet, scaler, urls } = parts;
  const { first: service } = fleet;
  const healthy = balancer.targetGroup.targets.filter(({ health }) => health === "healthy").length;
  return {
    at: Date.now(),
    ready: parts.ready,
    speed: clock.speed,
    edge: {
      address: blueprint.edge.address,
      url: urls.edge,
      behaviours: blueprint.edge.behaviours.map(({ pathPattern, cachePolicy }) => ({
        pathPattern,
        cachePolicy: cachePolicy.name,
      })),
      objects: edge.objects,
      bytes: edge.bytes,
      hitRatio: meter.hitRatio(),
      inFlight: edge.inFlight,
    },
    balancer: {
      address: blueprint.balancer.address,
      url: urls.balancer,
      algorithm: blueprint.balancer.targetGroup.algorithm,
      healthy,
      inFlight: balancer.inFlight,
    },
    service: {
      address: blueprint.service.address,
      desired: service.desired,
      running: service.running.length,
      pending: service.pending,
      minimumHealthyPercent: blueprint.service.minimumHealthyPercent,
      maximumPercent: blueprint.service.maximumPercent,
      taskCpus: parts.taskCpus,
      stopTimeoutSeconds: blueprint.service.container.stopTimeout,
      deployments: service.deploymentSnapshots(),
    },
    standby: blueprint.standby.map(({ service: { address } }, index) => ({
      address,
      desired: fleet.standby[index]!.desired,
      running: fleet.standby[index]!.running.length,
    })),
    tasks: fleet.taskSnapshots(),
    database: {
      address: blueprint.database.address,
      engine: `${blueprint.database.engine} ${blueprint.database.version}`,
      status: database.status,
      roles: ["writer", "reader"],
      readerCpus: parts.databaseLoad.cpus.READER,
      cpuPercent: parts.databaseLoad.percent,
      port: database.port,
    },
    alarms: parts.alarms.snapshots(),
    scaler: scaler.snapshot(),
  };
}
