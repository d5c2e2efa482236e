/** Few combinations for many factors, as combinatorial testing has them. */

/** Of two factors, by their numbers, a level each. */
const pair = (one: number, level: number, other: number, otherLevel: number): string =>
  one < other ? `${one}:${level} ${other}:${otherLevel}` : `${other}:${otherLevel} ${one}:${level}`;

/**
 * A covering array of strength 2: rows with a level for each factor, such that every two levels of two different factors stand together in
 * one of them. Built greedily, row by row, and the same each time.
 *
 * @param levels how many each factor has
 * @see D. M. Cohen et al., "The AETG system", IEEE Transactions on Software Engineering 23(7), 1997
 */
export function coveringArray(levels: readonly number[]): number[][] {
  const choices = levels.flatMap((count, factor) =>
    Array.from({ length: count }, (_, level) => ({ factor, level })),
  );
  const open = new Set<string>();
  for (const one of choices)
    for (const other of choices)
      if (one.factor < other.factor) open.add(pair(one.factor, one.level, other.factor, other.level));
  const rows: number[][] = [];
  for (let [next] = open; next !== undefined; [next] = open) {
    const row: (number | undefined)[] = levels.map(() => undefined);
    for (const [, factor, level] of next.matchAll(/(\d+):(\d+)/g)) row[Number(factor)] = Number(level);
    const gain = (factor: number, level: number) =>
      row.filter((other, at) => other !== undefined && open.has(pair(factor, level, at, other))).length;
    for (const [factor, count] of levels.entries())
      row[factor] ??= Array.from({ length: count }, (_, level) => level).reduce((best, level) =>
        gain(factor, level) > gain(factor, best) ? level : best,
      );
    const whole = row as number[];
    for (const [one, level] of whole.entries())
      for (const [other, otherLevel] of whole.entries()) open.delete(pair(one, level, other, otherLevel));
    rows.push(whole);
  }
  return rows;
}
