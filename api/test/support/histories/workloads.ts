import { setTimeout as sleep } from "node:timers/promises";
import type { Wanted } from "./history.ts";
import { numberIn, type Sender, versionOf } from "./sender.ts";
import { ALONE, PRODUCTS, UNTOLD } from "./world.ts";

/** What clients do, again and again: each time with another number, from which all follows. */
export type Workload = (sender: Sender, n: number, client: number) => Promise<void>;

/** Words are of letters alone, so that none is corrected to another, and none begins like another. */
const wordOf = (n: number): string =>
  `W${[...String(n)].map((digit) => "bcdfghjklm"[Number(digit)]).join("")}z`;

/** Products that are made and removed. */
const MADE = 8;
const madeSlug = (n: number): string => `made-${n % MADE}`;
const product = (name: string) => ({ name, brand: "Others" });
const variant = (sku: string) => ({ sku, prices: { EUR: 1 } });

const times = <T>(n: number, of: T): T[] => Array.from({ length: n }, () => of);

/** One client for each. */
export const WORKLOADS: readonly Workload[] = [
  ...times(3, look),
  ...times(3, patch),
  ...times(2, batch),
  ...times(4, make),
  ...times(3, makeMany),
  crosswise,
  repeat,
  alone,
  renameCategory,
  changeBySql,
];

async function look(sender: Sender, n: number): Promise<void> {
  const slug = `product-${n % (PRODUCTS + 2)}`;
  const paths = [
    `/v1/products/${slug}`,
    `/v1/products/${slug}?fields=name`,
    `/v1/products/${slug}?fields=brand`,
    `/v1/products/${slug}/record`,
    "/v1/products?brand=Acme",
    "/v1/products?category=lamps&facets=true",
    `/v1/products?sku=${slug}`,
    "/v1/categories/lamps",
  ];
  await sender.read(n % sender.world.tasks.length, paths[Math.floor(n / 11) % paths.length]!);
}

async function patch(sender: Sender, n: number): Promise<void> {
  const task = Math.floor(n / 3) % sender.world.tasks.length;
  const slug = `product-${n % PRODUCTS}`;
  const path = `/v1/products/${slug}`;
  const { operation: page, reply } = await sender.read(task, path);
  if (page.status !== 200) return;
  const wants: Wanted[] = [{ slug, name: wordOf(n), from: versionOf(reply.headers.etag) }];
  const headers: Record<string, string> = { "if-match": String(reply.headers.etag) };
  if (n % 2) headers["idempotency-key"] = `patch-${n}`;
  const sending = { method: "PATCH", headers, body: JSON.stringify({ name: wants[0]!.name }) };
  const { operation } = await sender.write(task, path, sending, wants);
  const { name } = wants[0]!;
  if (operation.outcome === "done")
    await sender.read(task, `/v1/${n % 3 ? "search" : "suggest"}?q=${name}`, name);
  else await sender.read(task, path);
}

async function batch(sender: Sender, n: number): Promise<void> {
  const task = n % sender.world.tasks.length;
  const slugs = Array.from({ length: PRODUCTS }, (_, i) => `product-${i}`)
    .toSorted((a, b) => Math.sin(n + numberIn(a)) - Math.sin(n + numberIn(b)))
    .slice(0, 3);
  // Batches at one time have new words in common, each in an order of its own.
  const common = [wordOf(1_000_000 + Math.floor(n / 40)), wordOf(2_000_000 + Math.floor(n / 40))];
  const wants = slugs.map((slug, i) => ({ slug, name: `${common[(n + i) % 2]} ${wordOf(n)}x${"abc"[i]}` }));
  const lines = wants.map(({ slug, name }) => JSON.stringify({ sku: slug, product: { name } }));
  const send = (to: number, all: string[]) =>
    sender.write(
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
  const other = (task + 1) % sender.world.tasks.length;
  const repeated = await send(other, [...lines, "no row"]);
  // The first may have been carried out all the same.
  if (repeated.operation.outcome === "refused") repeated.operation.wants = [];
  else await sender.read(other, `/v1/products/${slugs[0]}`);
  const different = await sender.send(
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

/** Asks one task for what another has done, and does not ask before it has shown what was before. */
async function repeat(sender: Sender, n: number): Promise<void> {
  const task = n % sender.world.tasks.length;
  const other = (task + 1) % sender.world.tasks.length;
  const path = `/v1/products/product-${Math.floor(n / 2) % PRODUCTS}`;
  const wants: Wanted[] = [{ slug: path.slice(13), name: wordOf(n) }];
  const body = JSON.stringify({ name: wants[0]!.name });
  await sender.read(other, path);
  const first = await sender.write(
    task,
    path,
    { method: "PATCH", headers: { "if-match": "*" }, body },
    wants,
  );
  if (first.operation.outcome === "done") {
    const headers = { "if-match": String(first.reply.headers.etag) };
    const { operation } = await sender.write(other, path, { method: "PATCH", headers, body }, wants);
    // Nothing is left to be done: who says so has seen it.
    if (operation.outcome === "done") operation.outcome = "replayed";
    else operation.wants = [];
    await sender.read(other, path);
  }
  await sleep(40);
}

async function alone(sender: Sender, n: number): Promise<void> {
  const name = wordOf(n);
  const headers = { "idempotency-key": `alone-${n}` };
  const body = JSON.stringify({ rows: [{ sku: ALONE, product: { name } }] });
  const { operation } = await sender.write(
    n % sender.world.tasks.length,
    "/v1/products:bulk?atomic=true",
    { method: "PUT", headers, body },
    [{ slug: ALONE, name }],
  );
  operation.alone = true;
  await sleep(60);
}

/** Makes and removes products that others make and remove as well. */
async function make(sender: Sender, n: number, client: number): Promise<void> {
  const task = (n + client) % sender.world.tasks.length;
  const slug = madeSlug(Math.floor(n / 20));
  const headers: Record<string, string> = n % 4 ? { "if-none-match": "*" } : { "if-match": "*" };
  const body = JSON.stringify({ slug, ...product("Made"), variants: [variant(slug)] });
  const sending = n % 4 ? { method: "PUT", headers, body } : { method: "DELETE", headers };
  await sender.write(task, `/v1/products/${slug}`, sending);
  await sleep(20);
}

async function makeMany(sender: Sender, n: number): Promise<void> {
  const rows = Array.from({ length: MADE }, (_, i) => ({
    ...variant(madeSlug(i)),
    product: { slug: madeSlug(i), ...product("Made") },
  }));
  await sender.write(n % sender.world.tasks.length, "/v1/products:bulk", {
    method: "PUT",
    body: JSON.stringify({ rows }),
  });
  await sleep(20);
}

/** Two batches at once: each makes a product of the words to which the other changes one. */
async function crosswise(sender: Sender, n: number): Promise<void> {
  const names = [0, 1].map((half) =>
    Array.from({ length: 6 }, (_, i) => wordOf(5_000_000 + 100 * n + 10 * i + half)).join(" "),
  );
  await Promise.all(
    names.map((name, i) => {
      const [made, slug] = [`crosswise-${n}-${i}`, `product-${(n + i) % PRODUCTS}`];
      const renamed = `${names[1 - i]} anew`;
      const rows = [
        { ...variant(made), product: { slug: made, ...product(name) } },
        { sku: slug, product: { name: renamed } },
      ];
      return sender.write(
        (n + i) % sender.world.tasks.length,
        "/v1/products:bulk?atomic=true",
        { method: "PUT", body: JSON.stringify({ rows }) },
        [{ slug, name: renamed }],
      );
    }),
  );
  await sender.bySql("products made crosswise", async (query) => {
    await query("DELETE FROM products WHERE slug LIKE 'crosswise-%'");
    return {};
  });
  await sleep(100);
}

/** Of one task, and by SQL, of which every task has to be told. A change concerns whatever is kept: there must not be many. */
async function renameCategory(sender: Sender, n: number): Promise<void> {
  const task = n % sender.world.tasks.length;
  const path = "/v1/categories/lamps";
  if (n % 3) {
    const body = JSON.stringify({ name: `Lamps ${n}` });
    const { operation } = await sender.write(task, path, { method: "PATCH", body });
    if (operation.outcome === "done") operation.category = n;
  } else
    await sender.bySql(`category ${n}`, async (query) => {
      await query(`UPDATE categories SET name = 'Lamps ${n}' WHERE id = 'lamps'`);
      return { category: n };
    });
  for (const [task] of sender.world.tasks.entries()) await sender.read(task, path);
  await sleep(n % 2 ? 300 : 3_000);
}

async function changeBySql(sender: Sender, n: number): Promise<void> {
  const slug = n % 3 ? `product-${n % PRODUCTS}` : UNTOLD;
  const price = n + 1;
  // Which each task has shown before, and keeps.
  if (slug === UNTOLD)
    for (const [task] of sender.world.tasks.entries()) await sender.read(task, `/v1/products/${slug}`);
  await sender.bySql(`price of ${slug}`, async (query) => {
    await query(`SELECT FROM products WHERE slug = '${slug}' FOR UPDATE`);
    await query(
      `UPDATE variants SET prices = '{"EUR": ${price}}' WHERE sku = '${slug}' AND (prices->>'EUR')::bigint < ${price}`,
    );
    const { rows } = await query(
      `SELECT s.version::float8 FROM product_states s JOIN products p ON p.id = s.product_id WHERE slug = '${slug}'`,
    );
    return { shows: [{ slug, version: rows[0].version, price }] };
  });
  await sleep(150);
}
