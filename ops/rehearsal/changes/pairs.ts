/** Changes made together: rows that cover every two of a matrix, in each direction beside each other. */
import type { Change } from "./table.ts";

/** Rows that can be parts of one change: they begin at the environment as it was made, and are meant to be applied. */
export const isCombinable = ({ from, refusedBy, changesNothing }: Change): boolean =>
  !from && !refusedBy && !changesNothing;

const settingsOf = (rows: readonly Change[]) => Object.assign({}, ...rows.map(({ to }) => to));

/** What one of the rows may take away. */
export function takenBy(rows: readonly Change[]): Pick<Change, "takes"> {
  const takes = rows.flatMap((row) => (row.takes ? [row.takes.source] : [])).join("|");
  return takes ? { takes: new RegExp(takes) } : {};
}

/**
 * Rows in which every two of the given changes are made together and undone together, and each is made while the other is undone.
 *
 * The first makes all of them. Each further one goes from one half of them to the other, by a digit of their binary numbers: two
 * different numbers differ in one digit at least. So sixty changes take seven rows in place of the 1,770 pairs.
 */
export function pairwise(changes: readonly Change[]): Change[] {
  const rows = withoutRivals(changes.filter(isCombinable));
  const digits = rows.length < 2 ? 0 : Math.ceil(Math.log2(rows.length));
  const halves = Array.from({ length: digits }, (_, digit) => {
    const [zeros, ones] = [0, 1].map((value) =>
      rows.filter((_, number) => ((number >> digit) & 1) === value),
    );
    return {
      name: `half of everything for the other half, ${digit + 1} of ${digits}`,
      from: settingsOf(zeros!),
      to: settingsOf(ones!),
      ...takenBy(rows),
    };
  });
  return [{ name: "everything at once", to: settingsOf(rows), ...takenBy(rows) }, ...halves];
}

/** The first to change a setting stays: who changes it to something else, or changes many, has a row alone. */
function withoutRivals(rows: readonly Change[]): Change[] {
  const taken = new Set<string>();
  return rows.filter(({ to }) => {
    const variables = Object.keys(to);
    const isFree = variables.every((variable) => !taken.has(variable));
    if (isFree) for (const variable of variables) taken.add(variable);
    return isFree;
  });
}
