/**
 * Whether the calendar has it, and the years 1 to 9999 in UTC: the form, which the schema has checked, says nothing of 30 February,
 * which JavaScript would take for 2 March.
 */
export function isInstant(instant: string): boolean {
  const time = Date.parse(instant);
  if (Number.isNaN(time)) return false;
  const date = instant.slice(0, 10);
  const day = new Date(`${date}T00:00:00Z`);
  const hasDay = !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date);
  return hasDay && /^(?!0000)\d{4}-/.test(new Date(time).toISOString());
}

/** In UTC and to the millisecond, as `catalog_time()` writes it. */
export const spelledInstant = (instant: string): string => new Date(instant).toISOString();
