import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { Configuration, type JsonObject, valuesAt } from "../../local/terraform-json/index.ts";
import { synthesiseWith } from "../support/variants.ts";

describe("two environments in one account", () => {
  const stacks = new Map<string, Configuration>();
  before(async () => {
    const suffixes = ["a", "b"];
    const roots = await Promise.all(suffixes.map((suffix) => synthesiseWith({ ENVIRONMENT_SUFFIX: suffix })));
    for (const [index, suffix] of suffixes.entries()) stacks.set(suffix, new Configuration(roots[index]!));
  });

  it("differ in nothing but the suffix", () => {
    const text = (suffix: string) =>
      JSON.stringify(stacks.get(suffix)!.root).replaceAll(
        new RegExp(`([-./]|"Suffix":")${suffix}(?=[-./":\\\\])`, "g"),
        "$1<suffix>",
      );
    assert.equal(text("a"), text("b"));
  });

  it("keep their states apart, on this machine and in a bucket", async () => {
    const state = (root: JsonObject) => {
      const { local, s3 } = valuesAt(root, "terraform.backend")[0] as Record<string, Record<string, string>>;
      return local?.path ?? s3?.key;
    };
    const inBucket = (suffix: string) =>
      synthesiseWith({ ENVIRONMENT_SUFFIX: suffix, STATE_BUCKET: "states", STATE_LOCK_TABLE: "locks" });
    assert.notEqual(state(stacks.get("a")!.root), state(stacks.get("b")!.root));
    assert.notEqual(state(await inBucket("a")), state(await inBucket("b")));
  });
});
