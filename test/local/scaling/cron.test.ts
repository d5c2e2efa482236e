import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cronOf } from "../../../local/scaling/cron.ts";

const next = (expression: string, timezone: string, after: string) =>
  cronOf(expression, timezone).nextRun(new Date(after))?.toISOString();

describe("schedules of Application Auto Scaling", () => {
  it("count Sunday as 1, end with the year, and follow their time zone through its change of clocks", () => {
    assert.equal(next("cron(0 8 ? * 1 *)", "UTC", "2026-11-26T00:00:00Z"), "2026-11-29T08:00:00.000Z");
    assert.equal(
      next("cron(30 6 * * ? 2027)", "Europe/Stockholm", "2026-11-26T00:00:00Z"),
      "2027-01-01T05:30:00.000Z",
    );
    assert.equal(
      next("cron(30 6 * * ? *)", "Europe/Stockholm", "2026-10-24T12:00:00Z"),
      "2026-10-25T05:30:00.000Z",
    );
  });

  it("may be due once", () => {
    assert.equal(
      next("at(2026-11-27T05:00:00)", "Europe/Stockholm", "2026-11-26T00:00:00Z"),
      "2026-11-27T04:00:00.000Z",
    );
    assert.equal(next("at(2026-11-27T05:00:00)", "UTC", "2026-11-28T00:00:00Z"), undefined);
  });

  for (const expression of [
    "rate(5 minutes)",
    "cron(0 99 * * ? *)",
    "cron()",
    "at(tomorrow)",
    "0 8 * * *",
    "",
  ])
    it(`are not ${expression || "nothing"}: one sentence`, () => {
      assert.throws(() => cronOf(expression, "UTC"), {
        name: "UserError",
        message: `The schedule "${expression}" in UTC cannot be followed: write cron(…) or at(…).`,
      });
    });
});
