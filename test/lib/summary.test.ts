import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readSettings } from "../../lib/settings.ts";
import { summary } from "../../lib/summary.ts";

describe("what synth says", () => {
  const said = (environment: Record<string, string>, folder?: string) =>
    summary(readSettings(environment), folder);

  it("names what it wrote, for whom, and where the state will be", () => {
    const text = said(
      { ENVIRONMENT_SUFFIX: "pr-42", STATE_BUCKET: "states", STATE_LOCK_TABLE: "locks" },
      "out/a",
    );
    assert.match(text, /^Wrote {3}out\/a\/stacks\/TapStack\/cdk\.tf\.json for the environment 'pr-42'$/m);
    assert.match(text, /^State {3}in the bucket states, locked by locks$/m);
    assert.match(said({}), /^State {3}a file on this machine: set STATE_BUCKET/m);
  });

  it("says in one line what is open, and nothing when nothing is", () => {
    const [open] = said({}).match(/^Open.*$/m)!;
    for (const variable of [
      "CONTAINER_IMAGE",
      "ORIGIN_CERTIFICATE_ARN",
      "ALARM_EMAIL",
      "SPOT_FALLBACK_TASKS",
    ])
      assert.ok(open.includes(variable), variable);
    assert.match(open, /keys travel in clear behind the edge/);
    const whole = {
      CONTAINER_IMAGE: "registry.example/shop:1",
      ORIGIN_DOMAIN_NAME: "origin.example.com",
      ORIGIN_CERTIFICATE_ARN: "arn:aws:acm:eu-north-1:123456789012:certificate/0a1b2c3d",
      ALARM_EMAIL: "oncall@example.com",
      ON_DEMAND_BASE_TASKS: "1",
    };
    assert.match(said(whole), /^Open {4}nothing$/m);
    const fallback = { ...whole, ON_DEMAND_BASE_TASKS: "0", SPOT_FALLBACK_TASKS: "2" };
    assert.match(said(fallback), /^Open {4}nothing$/m);
  });
});
