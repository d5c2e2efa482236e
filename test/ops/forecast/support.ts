import type { Service } from "../../../ops/forecast/service.ts";

/** What the stack is where nothing is set. */
export const SERVICE: Service = {
  minimum: 2,
  maximum: 10,
  targetPercent: 60,
  scaleOutCooldown: 60,
  scaleInCooldown: 300,
  scaleInDisabled: false,
  taskCpus: 1,
  memoryGigabytes: 2,
  onDemandBase: 0,
  poolMax: 10,
  scheduled: [],
  databaseClass: "db.t3.medium",
  databaseInstances: 2,
  edgeSeconds: 30,
  cacheSeconds: 30,
  checkSeconds: 30,
};
