import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, readConfig } from "../src/config.ts";
import { connectionPlan } from "../src/database/connection.ts";

test("without any variable the defaults hold", () => {
  const config = readConfig({});
  assert.equal(config.http.port, 3_000);
  assert.equal(config.database.ssl, "verify");
  assert.deepEqual(config.keys, []);
  assert.equal(config.database.readerHost, undefined);
});

test("every bad value is named in one line that says what it may be", () => {
  const bad = {
    PORT: "99999",
    DB_SSL: "maybe",
    LOG_LEVEL: "loud",
    DB_POOL_MAX: "2.5",
    MAX_EVENT_LOOP_UTILIZATION: "1.5",
    TRUST_PROXY: "10.0.0.0/99",
    CACHE_MAX_MIB: "-1",
  };
  assert.throws(
    () => readConfig(bad),
    (error) => {
      assert.ok(error instanceof ConfigError);
      const lines = error.message.split("\n");
      assert.equal(lines.length, Object.keys(bad).length);
      for (const name of Object.keys(bad))
        assert.ok(
          lines.some((line) => line.startsWith(name)),
          name,
        );
      assert.ok(lines.includes("PORT=99999: must be a whole number from 0 to 65535"));
      return true;
    },
  );
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
