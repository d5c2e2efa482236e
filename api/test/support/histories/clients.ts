import { setTimeout as sleep } from "node:timers/promises";
import type { Reply, Sending } from "../tasks.ts";
import type { Operation, Shown, Wanted } from "./story.ts";
import { PRODUCTS, type World } from "./world.ts";

const versionOf = (etag: unknown): number => Number(/"(\d+)\./.exec(String(etag))?.[1]);
const numberIn = (name: unknown): number => Number(/(\d+)$/.exec(String(name))?.[1] ?? 0);
/** Words are of letters alone, so that none is corrected to another. */
const wordOf = (n: number): string =>
  `W${[...String(n)].map((digit) => "bcdfghjklm"[Number(digit)]).join("")}`;

/** The connection to the task broke: an idle one may close in the moment in which it is used. */
const CUT: Reply = { status: 0, headers: {}, body: "", json: {} };

let next = 0;
const number = (): number => next++;

export const now = (): number => performance.now();

/** Concurrent clients; what each does follows from a number that all draw from. */
export class Clients {
  readonly operations: Operation[] = [];
  readonly #world: World;
  #stopped = false;
  #failure: { error: unknown } | undefined;
  #running: Promise<void>[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  start(): void {
    const all = [
      this.#read,
      this.#read,
      this.#read,
      this.#patch,
      this.#patch,
      this.#patch,
      this.#batch,
      this.#batch,
      this.#make,
      this.#make,
      this.#renameCategory,
      this.#changeBySql,
    ];
    const keepOn = async (act: (n: number, client: number) => Promise<void>, client: number) => {
      while (!this.#stopped) {
        await act.call(this, number(), client);
        await sleep(4);
      }
    };
    this.#running = all.map((act, client) =>
      keepOn(act, client).catch((error) => {
        this.#failure = { error };
        this.#stopped = true;
      }),
    );
  }

  /** @throws what a client could not make sense of. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
    if (this.#failure) throw this.#failure.error;
  }

  async read(task: number, path: string, word?: string): Promise<{ operation: Operation; reply: Reply }> {
    return this.#send(task, path, {}, (reply) => ({
      outcome: "read",
      ...shownBy(path, reply),
      ...(word && { word }),
    }));
  }

  async #read(n: number): Promise<void> {
    const slug = `product-${n % PRODUCTS}`;
    const paths = [
      `/v1/products/${slug}`,
      `/v1/products/${slug}?fields=name`,
      `/v1/products/${slug}?fields=brand`,
      "/v1/products?brand=Acme",
      "/v1/products?category=lamps&facets=true",
      "/v1/categories/lamps",
    ];
    await this.read(n % this.#world.tasks.length, paths[Math.floor(n / 7) % paths.length]!);
  }

  async #patch(n: number): Promise<void> {
    const task = Math.floor(n / 3) % this.#world.tasks.length;
    const slug = `product-${n % PRODUCTS}`;
    const path = `/v1/products/${slug}`;
    const { operation: page, reply } = await this.read(task, path);
    if (page.status !== 200) return;
    const wants: Wanted[] = [{ slug, name: wordOf(n), from: versionOf(reply.headers.etag) }];
    const headers: Record<string, string> = { "if-match": String(reply.headers.etag) };
    if (n % 2) headers["idempotency-key"] = `patch-${n}`;
    const sending = { method: "PATCH", headers, body: JSON.stringify({ name: wants[0]!.name }) };
    const { operation } = await this.#write(task, path, sending, wants);
    if (operation.outcome === "done") await this.read(task, `/v1/search?q=${wants[0]!.name}`, wants[0]!.name);
    else await this.read(task, path);
  }

  async #batch(n: number): Promise<void> {
    const task = n % this.#world.tasks.length;
    const slugs = Array.from({ length: PRODUCTS }, (_, i) => `product-${i}`)
      .toSorted((a, b) => Math.sin(n + numberIn(a)) - Math.sin(n + numberIn(b)))
      .slice(0, 3);
    // Batches at one time have new words in common, each in an order of its own.
    const common = [wordOf(1_000_000 + Math.floor(n / 40)), wordOf(2_000_000 + Math.floor(n / 40))];
    const wants = slugs.map((slug, i) => ({ slug, name: `${common[(n + i) % 2]} ${wordOf(n)}x${"abc"[i]}` }));
    const lines = wants.map(({ slug, name }) => JSON.stringify({ sku: slug, product: { name } }));
    const send = (to: number, all: string[]) =>
      this.#write(
        to,
        "/v1/products:bulk",
        {
          method: "PUT",
          headers: { "idempotency-key": `batch-${n}`, "content-type": "application/x-ndjson" },
          body: `${all.join("\n")}\n`,
        },
        wants,
      );
    const { operation } = await send(task, [...lines, "no row"]);
    if (n % 3 || operation.outcome === "refused") return;
    const other = (task + 1) % this.#world.tasks.length;
    const repeated = await send(other, [...lines, "no row"]);
    // The first may have been carried out all the same.
    if (repeated.operation.outcome === "refused") repeated.operation.wants = [];
    else await this.read(other, `/v1/products/${slugs[0]}`);
    const different = await this.#send(
      other,
      "/v1/products:bulk",
      {
        method: "PUT",
        headers: { "idempotency-key": `batch-${n}`, "content-type": "application/x-ndjson" },
        body: `${lines.join("\n")}\nno other row\n`,
        key: true,
      },
      (reply) => ({ outcome: reply.status === 200 ? "done" : "refused", shows: [], keyed: true, wants: [] }),
    );
    if (different.operation.status === 200)
      different.operation.wants = [{ slug: "nothing", name: "a key that was used for another body" }];
  }

  /** Makes and removes products that others make and remove as well. */
  async #make(n: number, client: number): Promise<void> {
    const task = (n + client) % this.#world.tasks.length;
    const slug = `made-${Math.floor(n / 20) % 2}`;
    const headers: Record<string, string> = n % 4 ? { "if-none-match": "*" } : { "if-match": "*" };
    const body = { slug, name: "Made", brand: "Others", variants: [{ sku: slug, prices: { EUR: 1 } }] };
    const sending =
      n % 4 ? { method: "PUT", headers, body: JSON.stringify(body) } : { method: "DELETE", headers };
    await this.#write(task, `/v1/products/${slug}`, sending);
    await sleep(20);
  }

  async #renameCategory(n: number): Promise<void> {
    const task = n % this.#world.tasks.length;
    const path = "/v1/categories/lamps";
    const body = JSON.stringify({ name: `Lamps ${n}` });
    const { operation } = await this.#write(task, path, { method: "PATCH", body });
    if (operation.outcome === "done") operation.category = n;
    await this.read(task, path);
    await sleep(150);
  }

  async #changeBySql(n: number): Promise<void> {
    const { sql: client } = this.#world;
    const slug = `product-${n % PRODUCTS}`;
    const at = now();
    try {
      const { rows } = await client
        .query(
          `BEGIN READ WRITE; SELECT FROM products WHERE slug = '${slug}' FOR UPDATE; UPDATE variants SET prices = '{"EUR": ${n + 1}}' WHERE sku = '${slug}' AND (prices->>'EUR')::bigint < ${n + 1};
         SELECT version::float8 FROM product_states s JOIN products p ON p.id = s.product_id WHERE slug = '${slug}';
         COMMIT`,
        )
        .then((results) => (results as unknown as { rows: { version: number }[] }[])[3]!);
      this.#note({
        at,
        task: -1,
        request: `price of ${slug}`,
        status: 200,
        outcome: "done",
        shows: [{ slug, version: rows[0]!.version, price: n + 1 }],
      });
    } catch {
      await client.query("ROLLBACK").catch(() => {});
    }
    await sleep(150);
  }

  #write(task: number, path: string, sending: Sending, wants: Wanted[] = []) {
    const keyed = sending.headers?.["idempotency-key"] !== undefined;
    return this.#send(task, path, { ...sending, key: true }, (reply) => {
      const done = reply.status >= 200 && reply.status < 300;
      const unknown = !done && (reply === CUT || reply.json.type === "/problems/outcome-unknown");
      const replayed = reply.headers["idempotency-replayed"] === "true";
      const [only] = wants;
      const version = done && wants.length === 1 ? versionOf(reply.headers.etag) : undefined;
      return {
        outcome: replayed ? "replayed" : unknown ? "unknown" : done ? "done" : "refused",
        shows: version === undefined ? [] : [{ slug: only!.slug, version }],
        wants,
        keyed,
      };
    });
  }

  async #send(
    task: number,
    path: string,
    sending: Sending,
    judge: (reply: Reply) => Pick<Operation, "outcome" | "shows"> & Partial<Operation>,
  ): Promise<{ operation: Operation; reply: Reply }> {
    const at = now();
    const reply = await this.#world.tasks[task]!.send(path, sending).catch(() => CUT);
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
  const items = reply.json.items as { slug: string; name: string; price: { amount: number } }[] | undefined;
  if (items)
    return {
      shows: items
        .filter(({ slug }) => slug.startsWith("product-"))
        .map(({ slug, name, price }) => ({ slug, name, price: price.amount })),
    };
  const slug = /product-\d+/.exec(path)![0];
  const { price, categories } = reply.json;
  return {
    shows: [{ slug, version: versionOf(reply.headers.etag), ...(price && { price: price.amount }) }],
    ...(categories && { category: numberIn(categories[0].name) }),
  };
}
