/** What whoever deploys has to be allowed: for each type of resource what the provider calls to make, read, change and remove it. */
import { DATA } from "./data.ts";
import type { NeedsByType } from "./needs.ts";
import { NETWORK } from "./network.ts";
import { OBSERVABILITY } from "./observability.ts";
import { SERVING } from "./serving.ts";

export { ALWAYS } from "./always.ts";

export const BY_TYPE: NeedsByType = { ...NETWORK, ...SERVING, ...DATA, ...OBSERVABILITY };
