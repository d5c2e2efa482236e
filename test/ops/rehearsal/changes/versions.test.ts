import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SETTINGS } from "../../../../lib/settings.ts";
import { SECRET_VERSIONS, SecretVersions } from "../../../../ops/rehearsal/changes/versions.ts";

describe("versions of secrets in the change matrix", () => {
  it("are kept on the way back, and leave other settings as they are", () => {
    const set = new SecretVersions().row();
    assert.deepEqual(set({ ORIGIN_TOKEN_VERSION: "2", MIN_TASKS: "3" }), {
      ORIGIN_TOKEN_VERSION: "2",
      MIN_TASKS: "3",
    });
    assert.deepEqual(set({}), { ORIGIN_TOKEN_VERSION: "2" });
  });

  it("rise by one more with each row that asks for it", () => {
    const versions = new SecretVersions();
    versions.row()({ API_KEYS_VERSION: "2" });
    const set = versions.row();
    assert.deepEqual(set({ API_KEYS_VERSION: "2" }), { API_KEYS_VERSION: "3" });
    assert.deepEqual(set({ API_KEYS_VERSION: "3" }), { API_KEYS_VERSION: "4" });
    assert.deepEqual(set({ API_KEYS_VERSION: "2" }), { API_KEYS_VERSION: "4" });
  });

  it("are planned from where they stand, and stay there", () => {
    const versions = new SecretVersions();
    const raised = { API_KEYS_VERSION: "2" };
    versions.row()(raised);
    for (const settings of [raised, raised])
      assert.deepEqual(versions.planned(settings), { API_KEYS_VERSION: "3" });
    assert.deepEqual(versions.planned({}), raised);
  });

  it("are all that the stack has", () => {
    const named = Object.values(SETTINGS)
      .map(({ variable }) => variable)
      .filter((variable) => variable.endsWith("_VERSION") && variable !== "DATABASE_ENGINE_VERSION");
    assert.deepEqual(named.toSorted(), SECRET_VERSIONS);
  });
});
