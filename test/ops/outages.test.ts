import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ALARMS } from "../../ops/outages/alarms.ts";
import { OUTAGES } from "../../ops/outages/outages.ts";

describe("the outage matrix", () => {
  it("has each alarm in a row, and in each row an alarm that there is", () => {
    const inRows = OUTAGES.flatMap((row) => row.alarms);
    assert.deepEqual([...new Set(inRows)].sort(), Object.keys(ALARMS).sort());
    assert.deepEqual(
      OUTAGES.filter((row) => row.alarms.length === 0 || new Set(row.alarms).size < row.alarms.length),
      [],
    );
  });

  it("has each failure once", () => {
    assert.equal(new Set(OUTAGES.map(({ failure }) => failure)).size, OUTAGES.length);
  });

  it("promises no alarm sooner than one of the row's rings", () => {
    const soonest = ({ alarms }: (typeof OUTAGES)[number]) =>
      Math.min(...alarms.map((key) => ALARMS[key]!.minutes));
    assert.deepEqual(
      OUTAGES.filter((row) => soonest(row) > row.minutes).map(({ failure }) => failure),
      [],
    );
  });
});
