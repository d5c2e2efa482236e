import { balancer } from "./balancer.ts";
import type { Check } from "./check.ts";
import { data } from "./data.ts";
import { edge } from "./edge.ts";
import { network } from "./network.ts";
import { observability } from "./observability.ts";
import { service } from "./service.ts";
import { tags } from "./tags.ts";

/** All that the rehearsal asks the AWS API about one environment. */
export const CHECKS: readonly Check[] = [
  ...network,
  ...service,
  ...balancer,
  ...data,
  ...edge,
  ...observability,
  ...tags,
];
