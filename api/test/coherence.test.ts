import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../../test/support/until.ts";
import { addProducts, startApi, type TestApi, unique } from "./support/api.ts";

let one: TestApi;
let two: TestApi;

before(async () => {
  one = await startApi();
  two = await one.another();
});
after(async () => {
  await two?.close();
  await one?.close();
});

const nameOn = async (api: TestApi, slug: string): Promise<string> =>
  (await api.get(`/v1/products/${slug}`)).json.name;
const rename = (api: TestApi, slug: string, name: string) =>
  api.call("PATCH", `/v1/products/${slug}`, { key: true, headers: { "if-match": "*" }, body: { name } });

test("a task sees its own write at once, and every other task as soon as it hears of it", async () => {
  const slug = `c-${unique()}`;
  await addProducts(one, [{ slug, name: "First", categories: ["headphones"] }]);
  await until(async () => (await two.get(`/v1/products/${slug}`)).status === 200);
  for (let i = 0; i < 20; i++) {
    const [writer, reader] = i % 2 ? [one, two] : [two, one];
    await Promise.all([nameOn(reader, slug), nameOn(writer, slug)]);
    await rename(writer, slug, `Name ${i}`);
    assert.equal(await nameOn(writer, slug), `Name ${i}`);
    await until(async () => (await nameOn(reader, slug)) === `Name ${i}`);
  }
});

test("a write drops the lists that it concerns and keeps those that it does not", async () => {
  const slug = `c-${unique()}`;
  await addProducts(one, [
    { slug, categories: ["headphones"] },
    { slug: `${slug}-book`, categories: ["books"] },
  ]);
  const status = async (url: string) => String((await two.get(url)).headers["cache-status"]);
  const urls = [
    "/v1/products?category=audio",
    "/v1/products",
    `/v1/products/${slug}`,
    "/v1/products?category=books",
    `/v1/products/${slug}-book`,
  ];
  await until(async () => {
    const seen = await Promise.all(urls.map(status));
    return seen.every((text) => text.endsWith("; hit"));
  });
  await rename(one, slug, "Renamed");
  await until(async () => (await nameOn(two, slug)) === "Renamed");
  const [audio, , , books, book] = [
    ...(await Promise.all(urls.slice(0, 2).map(status))),
    "",
    ...(await Promise.all(urls.slice(3).map(status))),
  ];
  assert.match(audio!, /miss/);
  assert.match(books!, /hit/);
  assert.match(book!, /hit/);
});

test("what another program writes with SQL is heard of as well", async () => {
  const slug = `c-${unique()}`;
  await addProducts(one, [{ slug, name: "First" }]);
  await until(async () => (await two.get(`/v1/products/${slug}`)).json.name === "First");
  await one.client.query("UPDATE products SET name = 'By SQL' WHERE slug = $1", [slug]);
  await until(async () => (await nameOn(one, slug)) === "By SQL" && (await nameOn(two, slug)) === "By SQL");
  await one.client.query("UPDATE categories SET name = 'Tomes' WHERE id = 'books'");
  await until(async () => (await two.get("/v1/categories/books")).json.category.name === "Tomes");
});
