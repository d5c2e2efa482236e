import assert from "node:assert/strict";
import { test } from "node:test";
import { addProducts, startApi, unique, untold } from "../support/api.ts";

test("what a record has shown, the pages of the product and the list show, of a task that hears of nothing", async () => {
  await using started = new AsyncDisposableStack();
  const api = await startApi();
  started.defer(() => api.close());
  const deaf = await api.another();
  const slug = `p-${unique()}`;
  await addProducts(api, [{ slug, name: "Before", categories: ["books"] }]);
  const urls = [`/v1/products/${slug}`, `/v1/products/${slug}?fields=name`, "/v1/products"];
  await untold(api.client, async () => {
    for (const url of urls) assert.match((await deaf.get(url)).text, /Before/, url);
    await api.call("PATCH", urls[0]!, { key: true, headers: { "if-match": "*" }, body: { name: "After" } });
    assert.match((await deaf.get(urls[0]!)).text, /Before/, "it has heard of it");
    const record = await deaf.call("GET", `/v1/products/${slug}/record`, { key: true });
    assert.match(record.text, /After/);
    for (const url of urls) assert.match((await deaf.get(url)).text, /After/, url);
  });
});
