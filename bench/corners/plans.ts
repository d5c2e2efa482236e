import pg from "pg";

/**
 * What PostgreSQL did for each request: auto_explain tells every session the plan of each of its statements, with the rows that
 * its nodes have read. So it is the very plan that the API has, for all values as it is prepared.
 */

export interface Executed {
  text: string;
  plan: PlanNode;
  /** Rows that its scans have read, kept or not; entries of an index that only lead to rows are not counted. */
  rows: number;
  /** Entries that bitmaps were made of. */
  entries: number;
}

export interface PlanNode {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  "Actual Rows"?: number;
  "Actual Loops"?: number;
  "Rows Removed by Filter"?: number;
  "Rows Removed by Index Recheck"?: number;
  Plans?: PlanNode[];
}

/** Settings of a server that tells plans once `PlanLog.start` has said so: until then they cost nothing. */
export const PLAN_SETTINGS = {
  shared_preload_libraries: "auto_explain",
  "auto_explain.log_level": "notice",
  "auto_explain.log_analyze": true,
  "auto_explain.log_timing": false,
  // What triggers do is the larger part of a write.
  "auto_explain.log_nested_statements": true,
  "auto_explain.log_format": "json",
} as const;

const BEGIN = /^duration: .* plan:\n/;

export class PlanLog {
  #executed: Executed[] = [];

  /** Listens to every connection of this process that is made from now on. */
  constructor() {
    const { connect } = pg.Client.prototype;
    const listen = (client: pg.Client) => client.on("notice", (notice) => this.#take(notice.message ?? ""));
    pg.Client.prototype.connect = function (this: pg.Client, ...args: never[]) {
      listen(this);
      return (connect as (...args: never[]) => unknown).apply(this, args);
    } as typeof connect;
  }

  /** Plans are told from the next statement of each session on. */
  async start(client: pg.Client): Promise<void> {
    await client.query("ALTER SYSTEM SET auto_explain.log_min_duration = 0");
    await client.query("SELECT pg_reload_conf()");
    // A session reads its settings anew before its next statement; the signal may still be on its way.
    await client.query("SELECT pg_sleep(0.5)");
  }

  /** Whatever a bench before has started: its server's data folder is kept, and the setting with it. */
  async stop(client: pg.Client): Promise<void> {
    await client.query("ALTER SYSTEM RESET auto_explain.log_min_duration");
    await client.query("SELECT pg_reload_conf()");
  }

  /** What was executed since the last call. A statement is answered after its plan. */
  take(): Executed[] {
    return this.#executed.splice(0);
  }

  #take(message: string): void {
    if (!BEGIN.test(message)) return;
    const { "Query Text": text, Plan: plan } = JSON.parse(message.replace(BEGIN, ""));
    this.#executed.push({ text, plan, ...readBy(plan) });
  }
}

/** Of a plan with all that is under it. */
function readBy(node: PlanNode): { rows: number; entries: number } {
  const loops = node["Actual Loops"] ?? 1;
  const own =
    (node["Actual Rows"] ?? 0) +
    (node["Rows Removed by Filter"] ?? 0) +
    (node["Rows Removed by Index Recheck"] ?? 0);
  const bitmap = node["Node Type"] === "Bitmap Index Scan";
  const scan = node["Relation Name"] !== undefined && !bitmap;
  const below = (node.Plans ?? []).map(readBy);
  const sum = (pick: (read: { rows: number; entries: number }) => number) =>
    below.reduce((total, read) => total + pick(read), 0);
  return {
    rows: sum(({ rows }) => rows) + (scan ? own * loops : 0),
    entries: sum(({ entries }) => entries) + (bitmap ? own * loops : 0),
  };
}

/** The nodes of a plan, one a line, with what each has read. */
export function describePlan(node: PlanNode, depth = 0): string {
  const on = node["Index Name"] ?? node["Relation Name"];
  const removed = (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Index Recheck"] ?? 0);
  const line = `${"  ".repeat(depth)}${node["Node Type"]}${on ? ` ${on}` : ""}: ${node["Actual Rows"]} × ${node["Actual Loops"]}${removed > 0 ? `, ${removed} removed` : ""}`;
  return [line, ...(node.Plans ?? []).map((plan) => describePlan(plan, depth + 1))].join("\n");
}
