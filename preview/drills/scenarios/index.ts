import type { Drill } from "../drill.ts";
import { badDeploy } from "./bad-deploy.ts";
import { bypass } from "./bypass.ts";
import { failover } from "./failover.ts";
import { forbidden } from "./forbidden.ts";
import { gap } from "./gap.ts";
import { migrate } from "./migrate.ts";
import { rollingDeploy } from "./rolling-deploy.ts";
import { rotate } from "./rotate.ts";
import { sickDeploy } from "./sick-deploy.ts";
import { slowReader } from "./slow-reader.ts";
import { spike } from "./spike.ts";
import { spot } from "./spot.ts";
import { spotDrought } from "./spot-drought.ts";
import { stall } from "./stall.ts";
import { stampede } from "./stampede.ts";

/** All drills, in the order in which `all` carries them out: what disturbs the service least comes first. */
export const drills: readonly Drill[] = [
  bypass,
  forbidden,
  stampede,
  slowReader,
  spot,
  spotDrought,
  gap,
  failover,
  stall,
  rollingDeploy,
  rotate,
  migrate,
  badDeploy,
  sickDeploy,
  spike,
];
