import assert from "node:assert/strict";
import { after, describe, it, test } from "node:test";
import { readConfig } from "../../src/config.ts";
import { Fleet } from "../support/tasks.ts";

const fleet = new Fleet();
after(() => fleet.stop());

const SECRET = "hunter2-hunter2-hunter2";
/** Values that cannot be used, for every variable that has a range. */
const BAD: Record<string, string[]> = {
  PORT: ["-1", "65536", "3000.5", "http", "0x10", "1e3", "NaN", "3000 3001"],
  LOG_LEVEL: ["loud", "INFO", "__proto__"],
  DB_PORT: ["0", "70000", "five"],
  DB_SSL: ["true", "VERIFY", "verify-full"],
  DB_POOL_MAX: ["0", "5", "1000", "ten"],
  DB_STATEMENT_TIMEOUT_MS: ["0", "1", "9999999", "5s"],
  DB_LOCK_TIMEOUT_MS: ["0", "2s"],
  TRUST_PROXY: ["10.0.0.0/33", "10.0.0/8", "balancer", "2", "10.0.0.0/8/8", "10.0.0.0/-1", "::/129"],
  TRUST_PROXY_HOPS: ["0", "6", "1.5"],
  API_KEYS: ["short", `${SECRET},short`, `${SECRET} with a blank`, "ключ-ключ-ключ-ключ", "x".repeat(257)],
  CACHE_MAX_MIB: ["-1", "100000", "64MB"],
  CACHE_TTL_SECONDS: ["0", "4000"],
  CACHE_CONTROL_MAX_AGE: ["-1", "3601"],
  CACHE_CONTROL_S_MAXAGE: ["-1", "3601"],
  MAX_EVENT_LOOP_UTILIZATION: ["-0.1", "1.1", "98%"],
  RATE_LIMIT_PER_MINUTE: ["-1", "many"],
  DRAIN_IDLE_SECONDS: ["-1", "121", "ten"],
  DRAIN_MAX_SECONDS: ["121", "Infinity"],
  METRICS_INTERVAL_SECONDS: ["-1", "3601", "1.5"],
};

describe("each value that cannot be used is one line that names the variable and says what it may be", () => {
  for (const [name, values] of Object.entries(BAD)) {
    it(name, () => {
      for (const value of values) {
        assert.throws(
          () => readConfig({ [name]: value }),
          (error: Error) => {
            assert.match(error.message, new RegExp(`^${name}\\b[^\\n]*: [^\\n]*$`));
            assert.match(error.message, /must be|separated by commas/);
            if (name === "API_KEYS") assert.ok(!error.message.includes(value.slice(0, 5)), error.message);
            return true;
          },
          `${name}=${value}`,
        );
      }
    });
  }
});

test("a task that has only bad values says one line for each, nothing else, no secret, and ends with 1", async () => {
  const env = Object.fromEntries(Object.entries(BAD).map(([name, values]) => [name, values.at(-1)!]));
  const task = fleet.spawn({ ...env, API_KEYS: `${SECRET},${SECRET} x`, DB_PASSWORD: SECRET });
  assert.equal(await task.exit(), 1);
  const lines = task.output().trimEnd().split("\n");
  assert.deepEqual(
    lines.map((line) => /^[A-Z_]+/.exec(line)?.[0]).toSorted(),
    Object.keys(env).toSorted(),
    task.output(),
  );
  assert.ok(!task.output().includes("hunter2"), "a secret is shown");
});

test("an address that this machine does not have is one line and ends with 1", async () => {
  const task = fleet.spawn({ HOST: "203.0.113.1", DB_PORT: "1", LOG_LEVEL: "silent", DB_PASSWORD: SECRET });
  assert.equal(await task.exit(), 1);
  assert.match(task.output(), /^cannot listen on 203\.0\.113\.1:0: [^\n]*EADDRNOTAVAIL[^\n]*\n$/);
});
