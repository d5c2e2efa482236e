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

  for (const [expression, due] of [
    ["cron(0/15 * * JAN-MAR ? *)", "2027-01-01T00:00:00.000Z"],
    ["cron(0/30 8 ? * MON-FRI *)", "2026-11-26T08:00:00.000Z"],
    ["cron(0 5 1 1 ? 2020/3)", "2029-01-01T05:00:00.000Z"],
    ["cron(0 8 ? * L *)", "2026-11-28T08:00:00.000Z"],
    ["cron(0 5 L * ? *)", "2026-11-30T05:00:00.000Z"],
    ["cron(0 5 ? * 6L 2027)", "2027-01-29T05:00:00.000Z"],
    ["cron(0 5 ? * 2#1 *)", "2026-12-07T05:00:00.000Z"],
    ["cron(30 5 15W 6 ? 2027-2030)", "2027-06-15T05:30:00.000Z"],
    ["cron(0 8,20 ? * MON-FRI 2027)", "2027-01-01T08:00:00.000Z"],
  ] as const)
    it(`follow ${expression}`, () => assert.equal(next(expression, "UTC", "2026-11-26T00:00:00Z"), due));

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
