/** What users of the generated TypeScript client do; compiled and run by test/clients/clients.test.ts. */
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./generated/schema.d.ts";

type Item = components["schemas"]["Item"];

const client = createClient<paths>({
  baseUrl: process.env.BASE_URL!,
  headers: { "X-Api-Key": process.env.API_KEY! },
});

/** Without the parameter `fields` every member is there. */
const isWhole = (item: Item | components["schemas"]["ItemSelection"]): item is Item => "createdAt" in item;

async function pageThrough(): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const { data, error } = await client.GET("/v1/products", {
      params: { query: { brand: ["Generated"], sort: "price", limit: 2, ...(cursor ? { cursor } : {}) } },
    });
    if (error) throw new Error(error.detail);
    items.push(...data.items.filter(isWhole));
    cursor = data.nextCursor ?? undefined;
  } while (cursor);
  return items;
}

const product = (slug: string) => ({
  slug,
  name: `Lamp ${slug}`,
  brand: "Generated",
  variants: [{ sku: slug.toUpperCase(), prices: { EUR: 4_900 } }],
});

for (const slug of ["ts-a", "ts-b", "ts-c"]) {
  const { data, response } = await client.PUT("/v1/products/{product}", {
    params: { path: { product: slug }, header: { "If-None-Match": "*" } },
    body: product(slug),
  });
  assert.equal(response.status, 201);
  assert.equal(data?.name.toUpperCase(), `LAMP ${slug.toUpperCase()}`);
}
assert.deepEqual(
  (await pageThrough()).map(({ slug, price }) => [slug, price.amount]),
  [
    ["ts-a", 4_900],
    ["ts-b", 4_900],
    ["ts-c", 4_900],
  ],
);

const found = await client.GET("/v1/search", { params: { query: { q: "lamp", fields: ["slug", "name"] } } });
assert.ok(found.data && found.data.items.length >= 3);

const read = await client.GET("/v1/products/{product}", { params: { path: { product: "ts-a" } } });
const etag = read.response.headers.get("etag")!;
const change = (tag: string, name: string) =>
  client.PATCH("/v1/products/{product}", {
    params: { path: { product: "ts-a" }, header: { "If-Match": tag } },
    body: { name },
  });
assert.equal((await change(etag, "Changed")).data?.name, "Changed");
const stale = await change(etag, "Again");
assert.equal(stale.error?.type, "/problems/precondition-failed");
if (stale.error?.type === "/problems/precondition-failed") assert.equal(stale.error.status, 412);

const rows = [{ sku: "TS-A", prices: { EUR: 3_900 } }, { sku: "TS-NEW" }];
const batch = await client.PUT("/v1/products:bulk", { body: { rows } });
assert.deepEqual(
  batch.data?.results.map(({ status }) => status),
  ["updated", "failed"],
);
const lines = await client.PUT("/v1/products:bulk", {
  params: { header: { "Idempotency-Key": "typescript-1" } },
  headers: { "Content-Type": "application/x-ndjson" },
  body: rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
  bodySerializer: String,
});
assert.equal(lines.data?.unchanged, 1);

for (const slug of ["ts-a", "ts-b", "ts-c"]) {
  const { response } = await client.DELETE("/v1/products/{product}", {
    params: { path: { product: slug }, header: { "If-Match": "*" } },
  });
  assert.equal(response.status, 204);
}
console.log("done");
