import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "../src/config.ts";
import { connectionPlan } from "../src/database/connection.ts";

test("without any variable the defaults hold", () => {
  const config = readConfig({});
  assert.equal(config.http.port, 3_000);
  assert.equal(config.database.ssl, "verify");
  assert.deepEqual(config.keys, []);
  assert.equal(config.database.readerHost, undefined);
});

test("a bad API key is named by its place; no key is ever in a message", () => {
  assert.throws(
    () => readConfig({ API_KEYS: "0123456789abcdef,too-short" }),
    (error) => {
      assert.match((error as Error).message, /^API_KEYS: item 2 is not valid/);
      assert.doesNotMatch((error as Error).message, /too-short|0123456789/);
      return true;
    },
  );
});

test("lists may have blanks and a comma at the end", () => {
  const { http, keys } = readConfig({
    TRUST_PROXY: " 10.0.0.0/24, 10.0.1.0/24 ,",
    API_KEYS: "0123456789abcdef, fedcba9876543210",
  });
  assert.deepEqual(http.trustProxy, ["10.0.0.0/24", "10.0.1.0/24"]);
  assert.equal(keys.length, 2);
});

test("the connections of all kinds together are DB_POOL_MAX", () => {
  for (let max = 6; max <= 100; max++) {
    const plan = connectionPlan(max);
    assert.equal(plan.fast + plan.slow + plan.write + plan.listen, max);
    for (const count of Object.values(plan)) assert.ok(count >= 1);
  }
});
