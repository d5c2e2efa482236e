import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SETTINGS } from "../../lib/settings.ts";
import { nextVersion, ROTATIONS } from "../../ops/rotate.ts";

describe("a rotation", () => {
  it("raises the version by one, from the default or from what is set", () => {
    for (const [what, setting] of Object.entries(ROTATIONS)) {
      assert.deepEqual(nextVersion(what, { values: {} }), { setting, from: 1, to: 2 });
      assert.deepEqual(nextVersion(what, { values: { [setting]: "7" } }), { setting, from: 7, to: 8 });
    }
  });

  it("goes by settings that there are", () => {
    const known = Object.values(SETTINGS).map(({ variable }) => variable as string);
    for (const setting of Object.values(ROTATIONS)) assert.ok(known.includes(setting), setting);
  });

  it("says what can be rotated, and what a version is", () => {
    assert.throws(
      () => nextVersion("password", { values: {} }),
      /choose api-keys, database-owner-password, database-password, origin-token/,
    );
    assert.throws(
      () => nextVersion("api-keys", { values: { API_KEYS_VERSION: "x" } }),
      /no version: set a whole number/,
    );
  });
});
