import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { readSettings } from "../../../../lib/settings.ts";
import { everything, numbered } from "../../../../ops/rehearsal/changes/live.ts";
import { RELEASES } from "../../../../ops/rehearsal/changes/releases.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const names = RELEASES.map(({ name }) => name);

describe("the change from an earlier release", () => {
  it("is rehearsed from each that was made, at its defaults and with its options", () => {
    const made = [...readFileSync(join(ROOT, "CHANGELOG.md"), "utf8").matchAll(/^## (\d+\.\d+\.\d+)/gm)];
    assert.ok(made.length > 0);
    assert.deepEqual(
      names.toSorted(),
      made.flatMap(([, version]) => [`${version}-defaults`, `${version}-options`]).toSorted(),
    );
  });

  for (const { name, settings } of RELEASES)
    it(`${name}: is to settings of today, from a stack that takes an environment's own names`, () => {
      assert.doesNotThrow(() => readSettings(settings));
      const file = join(ROOT, "ops/rehearsal/releases", `${name}.json.gz`);
      const text = gunzipSync(readFileSync(file)).toString();
      for (const placeholder of [
        "suffix-here",
        "image.invalid/here:1",
        "state-bucket-here",
        "lock-table-here",
      ])
        assert.ok(text.includes(placeholder), placeholder);
      assert.doesNotThrow(() => JSON.parse(text));
    });
});

describe("a run of every row and release", () => {
  const all = everything();
  const inOrder = [...all.releases, ...all.rows].map(({ name }) => name);

  it("numbers them from 1 to the last", () => {
    const numbers = inOrder.map((name) => Number(numbered(name).split("/")[0]));
    assert.deepEqual(
      numbers,
      inOrder.map((_, index) => index + 1),
    );
  });

  it("goes on with any of them, leaves nothing out that comes after it, and repeats nothing before", () => {
    for (let from = 1; from <= inOrder.length; from++) {
      const { releases, rows } = everything(from);
      assert.deepEqual(
        [...releases, ...rows].map(({ name }) => name),
        inOrder.slice(from - 1),
      );
    }
    assert.throws(() => everything(inOrder.length + 1), /--from \d+ is above \d+.*: lower it\./);
  });
});
