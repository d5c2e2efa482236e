import type pg from "pg";
import type { Reply, Sending } from "../tasks.ts";
import type { Operation, Shown, Wanted } from "./history.ts";
import type { World } from "./world.ts";

export const versionOf = (etag: unknown): number => Number(/"(\d+)\./.exec(String(etag))?.[1]);
export const numberIn = (name: unknown): number => Number(/(\d+)$/.exec(String(name))?.[1] ?? 0);

/** The connection to the task broke: an idle one may close in the moment in which it is used. */
const CUT: Reply = { status: 0, headers: {}, body: "", json: {} };

export const now = (): number => performance.now();

/** Sends what clients ask for, and notes what has come of it. */
export class Sender {
  readonly world: World;
  readonly operations: Operation[] = [];
  #sqlTurn: Promise<void> = Promise.resolve();

  constructor(world: World) {
    this.world = world;
  }

  async read(task: number, path: string, word?: string): Promise<{ operation: Operation; reply: Reply }> {
    return this.send(task, path, { key: true }, (reply) => ({
      outcome: "read",
      ...shownBy(path, reply),
      ...(word && { word }),
    }));
  }

  async write(task: number, path: string, sending: Sending, wants: Wanted[] = []) {
    const keyed = sending.headers?.["idempotency-key"] !== undefined;
    const sent = await this.send(task, path, { ...sending, key: true }, (reply) => {
      const done = reply.status >= 200 && reply.status < 300;
      const unknown = !done && (reply === CUT || reply.json.type === "/problems/outcome-unknown");
      const replayed = reply.headers["idempotency-replayed"] === "true";
      const [only] = wants;
      const version = done && reply.headers.etag ? versionOf(reply.headers.etag) : undefined;
      return {
        outcome: replayed ? "replayed" : unknown ? "unknown" : done ? "done" : "refused",
        shows: version === undefined || !only ? [] : [{ slug: only.slug, version }],
        wants,
        keyed,
      };
    });
    // Who is told to read again what may have been written does so.
    if (sent.operation.outcome === "unknown")
      for (const { slug } of wants) await this.read(task, `/v1/products/${slug}`);
    return sent;
  }

  /** One transaction after the other, of all clients. */
  bySql(
    request: string,
    change: (query: (text: string) => Promise<pg.QueryResult>) => Promise<Partial<Operation>>,
  ): Promise<void> {
    this.#sqlTurn = this.#sqlTurn.then(async () => {
      const { sql } = this.world;
      const at = now();
      try {
        await sql.query("BEGIN READ WRITE");
        const done = await change((text) => sql.query(text));
        await sql.query("COMMIT");
        this.#note({ at, task: -1, request, status: 200, outcome: "done", shows: [], ...done });
      } catch (error) {
        await sql.query("ROLLBACK").catch(() => {});
        // No fault makes a statement wrong (class 42).
        if (/^42/.test((error as pg.DatabaseError).code ?? "")) throw error;
      }
    });
    return this.#sqlTurn;
  }

  async send(
    task: number,
    path: string,
    sending: Sending,
    judge: (reply: Reply) => Pick<Operation, "outcome" | "shows"> & Partial<Operation>,
  ): Promise<{ operation: Operation; reply: Reply }> {
    const at = now();
    const reply = await this.world.tasks[task]!.send(path, sending).catch(() => CUT);
    const problem = reply.status < 400 ? undefined : reply.json;
    const operation = this.#note({
      at,
      task,
      request: `${sending.method ?? "GET"} ${path}`,
      status: reply.status,
      ...(problem && { problem: problem.type, detail: problem.detail }),
      stale: String(reply.headers["cache-status"]).includes("stale"),
      control: String(reply.headers["cache-control"]),
      ...judge(reply),
    });
    return { operation, reply };
  }

  #note(operation: Omit<Operation, "what" | "until" | "stale" | "control"> & Partial<Operation>): Operation {
    const noted: Operation = { what: "operation", until: now(), stale: false, control: "", ...operation };
    this.operations.push(noted);
    return noted;
  }
}

function shownBy(path: string, reply: Reply): { shows: Shown[]; category?: number } {
  if (reply.status !== 200) return { shows: [] };
  if (path.startsWith("/v1/categories")) return { shows: [], category: numberIn(reply.json.category.name) };
  if (path.startsWith("/v1/suggest"))
    return {
      shows: (reply.json.suggestions as { type: string; slug: string; text: string }[])
        .filter(({ type }) => type === "product")
        .map(({ slug, text: name }) => ({ slug, name })),
    };
  const items = reply.json.items as { slug: string; name: string; price: { amount: number } }[] | undefined;
  if (items)
    return {
      shows: items
        .filter(({ slug }) => slug.startsWith("product-"))
        .map(({ slug, name, price }) => ({ slug, name, price: price.amount })),
    };
  const slug = /product-\d+/.exec(path)![0];
  const { variants, categories } = reply.json;
  return {
    shows: [
      { slug, version: versionOf(reply.headers.etag), ...(variants && { price: variants[0].prices.EUR }) },
    ],
    ...(categories && { category: numberIn(categories[0].name) }),
  };
}
