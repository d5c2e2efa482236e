import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../../../test/support/until.ts";
import { startApi, unique, unmarked } from "../support/api.ts";
import { BreakableProxy } from "../support/proxy.ts";

test("for a reader that stands still the writer answers, once it has been waited for", async () => {
  await using started = new AsyncDisposableStack();
  const api = await startApi();
  started.defer(() => api.close());
  const writer = await BreakableProxy.start(api.server);
  started.defer(() => writer.stop());
  const reader = await BreakableProxy.start(api.server, { host: "127.0.0.3", port: writer.port });
  started.defer(() => reader.stop());
  const task = await api.another({
    DB_PORT: String(writer.port),
    DB_READER_HOST: "127.0.0.3",
    DB_STATEMENT_TIMEOUT_MS: "500",
  });
  await until(() => reader.open === 6);
  // Those that exist, and new ones: it takes them in, and says nothing.
  reader.pause();
  for (const path of ["/v1/products?brand=", "/v1/search?q=", "/v1/suggest?q="]) {
    const { status } = await unmarked(() => task.get(`${path}${unique()}`));
    assert.equal(status, 200, path);
  }
  assert.equal((await task.get("/health")).status, 200);
  assert.ok(reader.connections > 6, "the reader was not tried again");
});
