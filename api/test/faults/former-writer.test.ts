import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../../../test/support/until.ts";
import { addProducts, connectOwner, startApi, unique, unmarked } from "../support/api.ts";
import { BreakableProxy } from "../support/proxy.ts";
import { Replica } from "../support/replica.ts";

/**
 * After a failover the former writer may live on: its connections stand, it answers, and what it says is what was. The writer's
 * name leads to the server that was its replica, and the reader's to the one that was the writer.
 */
test("a former writer that lives on is not asked how far the database is", async () => {
  await using started = new AsyncDisposableStack();
  const former = await startApi();
  started.defer(() => former.close());
  const replica = await Replica.start(former.server, {
    name: former.env.DB_USER!,
    password: former.env.DB_PASSWORD!,
  });
  started.defer(() => replica.stop());
  const writerName = await BreakableProxy.start(former.server);
  started.defer(() => writerName.stop());
  const readerName = await BreakableProxy.start(former.server, { host: "127.0.0.3", port: writerName.port });
  started.defer(() => readerName.stop());
  const task = await former.another({ DB_PORT: String(writerName.port), DB_READER_HOST: "127.0.0.3" });
  const slug = `p-${unique()}`;
  const url = `/v1/products/${slug}`;
  await addProducts(task, [{ slug, name: "Before" }]);
  await replica.replay();
  await task.get(url);

  const writer = await connectOwner({ server: replica.server });
  started.defer(() => writer.end());
  // A replica's sequences stand where the writer's do.
  const { rows } = await former.client.query("SELECT max(version)::int AS version FROM product_states");
  await writer.query("SELECT setval('product_versions', $1)", [rows[0].version + 100]);

  const { freshness, database } = task.app;
  const left = until(() => database.state.notifications === "down");
  writerName.leadTo(replica.server);
  await former.client.query("ALTER SYSTEM SET default_transaction_read_only = on");
  await former.client.query("SELECT pg_reload_conf()");
  await left;
  await until(() => database.state.notifications === "up");
  const seen = freshness.epoch;
  await writer.query("UPDATE products SET name = 'After' WHERE slug = $1", [slug]);
  await until(() => freshness.epoch > seen);
  assert.match((await unmarked(() => task.get(url))).text, /After/);
});
