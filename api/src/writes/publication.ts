import { isInstant, spelledInstant } from "./instants.ts";
import type { ProductState } from "./model.ts";

interface Times {
  publishFrom?: string | null | undefined;
  publishTo?: string | null | undefined;
}

/** What the calendar does not have; undefined: nothing. */
export function publicationMistake({ publishFrom, publishTo }: Times): string | undefined {
  for (const [name, instant] of Object.entries({ publishFrom, publishTo }))
    if (instant && !isInstant(instant)) return `${name} is ${instant}, which no calendar has`;
  return undefined;
}

/** Times in one spelling, in UTC, so that they can be compared. */
export function spelledPublication<T extends Times>(members: T): T {
  const { publishFrom, publishTo } = members;
  if (!publishFrom && !publishTo) return members;
  return {
    ...members,
    ...(publishFrom && { publishFrom: spelledInstant(publishFrom) }),
    ...(publishTo && { publishTo: spelledInstant(publishTo) }),
  };
}

/** Why a product cannot be shown from and until these times; undefined: it can. */
export const neverShown = ({ publishFrom, publishTo }: ProductState): string | undefined =>
  publishFrom !== null && publishTo !== null && publishFrom >= publishTo
    ? `publishTo: ${publishTo} is not after publishFrom, ${publishFrom}, so that the product would never be shown`
    : undefined;
