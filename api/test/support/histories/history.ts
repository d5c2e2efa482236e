/** What the clients of a history have done and seen, as it is judged afterwards. Times are milliseconds on one clock. */

/** A product as an answer shows it; what the address does not tell is left out. */
export interface Shown {
  slug: string;
  version?: number;
  name?: string;
  /** Only written by SQL, and only upwards. */
  price?: number;
}

/** A change that a request asks for. No two requests ask for the same name. */
export interface Wanted {
  slug: string;
  name: string;
  /** If-Match. */
  from?: number;
}

export interface Operation {
  what: "operation";
  at: number;
  until: number;
  /** -1: SQL, past every task. */
  task: number;
  request: string;
  status: number;
  /** `unknown`: what was asked for may have been done or not. */
  outcome: "done" | "replayed" | "refused" | "unknown" | "read";
  stale: boolean;
  /** Cache-Control. */
  control: string;
  /** Type of the problem, and what it advises. */
  problem?: string;
  detail?: string;
  keyed?: boolean;
  shows: Shown[];
  wants?: Wanted[];
  /** Number in the category's name, which only rises: what the answer shows, or what the request has written. */
  category?: number;
  /** A word that only one name has ever had: the answer to a search for it, or what it completes to. */
  word?: string;
  /** A write of what nobody else writes. */
  alone?: boolean;
}

export interface Fault {
  what: "fault";
  at: number;
  until: number;
  name: string;
  on: number;
}

/** A committed version, in the order of the commits of its product. */
export interface Version {
  slug: string;
  version: number;
  name: string;
  /** By PostgreSQL, on the clock of the operations. */
  committedAt: number;
}

export interface History {
  operations: Operation[];
  faults: Fault[];
  audit: Version[];
}

export const entryText = (entry: Operation | Fault): string => {
  const times = `${Math.round(entry.at)}–${Math.round(entry.until)}`;
  if (entry.what === "fault") return `${times} * ${entry.name} (${entry.on})`;
  const { task, request, status, problem, detail, stale, wants, shows, category } = entry;
  const parts = [
    wants && `wants ${wants.map(({ name, from }) => `${name}${from === undefined ? "" : ` from ${from}`}`)}`,
    shows.length > 0 && `shows ${shows.map(({ slug, version, name }) => `${slug} ${version ?? name}`)}`,
    category !== undefined && `category ${category}`,
    problem && `${problem}: ${detail}`,
    stale && "stale",
  ];
  return `${times} ${task < 0 ? "SQL" : `task ${task}`} ${request} → ${[status, ...parts.filter(Boolean)].join(", ")}`;
};
