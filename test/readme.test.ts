import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { TABLES } from "../bin/tables.ts";
import { RULES } from "../ops/audit/audit.ts";
import { Markdown } from "./support/markdown.ts";

const ruleIds = new Set(
  Object.values(RULES)
    .flat()
    .map(({ id }) => id),
);
const readme = readFileSync("README.md", "utf8");
const requirements = new Markdown("docs/REQUIREMENTS.md").table("Requirements");

describe("the tables that the code writes", () => {
  for (const [file, table] of Object.entries(TABLES)) {
    it(`are in ${file} as npm run docs writes them`, () => {
      assert.ok(readFileSync(file, "utf8").includes(`\n\n${table}\n`), `run npm run docs for ${file}`);
    });
  }
});

describe("docs/REQUIREMENTS.md", () => {
  it("says of every requirement where it is met and which test proves it", () => {
    assert.ok(requirements.length >= 60, `only ${requirements.length} requirements`);
    for (const row of requirements) {
      assert.deepEqual(Object.keys(row), ["requirement", "where", "proof"]);
      assert.ok(
        Object.values(row).every((cell) => cell.length > 0),
        `empty cell in: ${JSON.stringify(row)}`,
      );
    }
  });

  it("names only rules and tests that there are as proof", () => {
    for (const { proof } of requirements) {
      for (const [, name] of proof!.matchAll(/`([^`]+)`/g)) {
        assert.ok(
          ruleIds.has(name!) || (name!.endsWith(".test.ts") && existsSync(name!)),
          `no proof '${name}'`,
        );
      }
    }
  });
});

describe("README", () => {
  it("is short: what it is, the two commands, a picture, the commands, the guides", () => {
    assert.ok(readme.split("\n").length <= 100);
    assert.deepEqual(
      [...readme.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading),
      ["Start", "Commands", "Guides", "Licence"],
    );
  });
});
