/** Every cause that the preflight has to find, by what it is called. */
import { ACCOUNT } from "./account.ts";
import { CAPACITY } from "./capacity.ts";
import type { Cause } from "./clean.ts";
import { NAMES } from "./names.ts";

export { gatewaysIn } from "./capacity.ts";
export { BALANCER, CLEAN, fails, NOW, SETTINGS } from "./clean.ts";

export const CAUSES: Readonly<Record<string, Cause>> = { ...ACCOUNT, ...CAPACITY, ...NAMES };
