/** A change of the API's source that takes a promise back. */
export interface Edit {
  /** Below api/src. */
  file: string;
  /** Stands in it once. */
  from: string;
  to: string;
}

/** A mistake that the API once had, or that its guards are there for. */
export interface Mutant {
  /** What goes wrong with it. */
  what: string;
  edits: readonly Edit[];
  /** File below api/test, and name: the test that fails with it, whatever else may. */
  test: readonly [file: string, name: string];
  /** The faults under which the checker of histories sees it within two minutes, or why it cannot. */
  histories: readonly [string, ...string[]] | { unseen: string };
}

/** @throws unless what it replaces stands there once */
export function edited(text: string, { file, from, to }: Edit): string {
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${from}`);
  return parts.join(to);
}
