import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { SETTINGS } from "../lib/settings.ts";
import { RULES } from "../ops/audit/index.ts";

const ruleIds = new Set(
  Object.values(RULES)
    .flat()
    .map(({ id }) => id),
);
const readme = readFileSync("README.md", "utf8");

/** Rows of the table under a heading, as cells without their padding. */
function table(heading: string): string[][] {
  const section = readme.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return section
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .slice(2)
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

describe("README", () => {
  it("lists every setting with its default and range, and no other", () => {
    assert.deepEqual(
      table("Settings"),
      Object.values(SETTINGS).map(({ variable, defaultText, range, description }) => [
        `\`${variable}\``,
        defaultText ? `\`${defaultText}\`` : "–",
        range,
        description,
      ]),
    );
  });

  it("says of every requirement where it is met and which test proves it", () => {
    const rows = table("Requirements");
    assert.ok(rows.length >= 60, `only ${rows.length} requirements`);
    for (const row of rows) {
      assert.equal(row.length, 3);
      assert.ok(
        row.every((cell) => cell.length > 0),
        `empty cell in: ${row.join(" | ")}`,
      );
    }
  });

  it("names only rules and tests that there are as proof", () => {
    for (const [, , proof] of table("Requirements")) {
      for (const [, name] of proof!.matchAll(/`([^`]+)`/g)) {
        assert.ok(
          ruleIds.has(name!) || (name!.endsWith(".test.ts") && existsSync(name!)),
          `no proof '${name}'`,
        );
      }
    }
  });

  it("names only files that are there", () => {
    const paths = [
      ...readme.matchAll(/`((?:api|bench|bin|docs|lib|ops|postgres|preview|test)\/[\w./-]+)`/g),
    ].map(([, path]) => path!);
    const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(([, path]) => path!);
    assert.ok(paths.length > 20);
    for (const path of [...paths, ...links]) assert.ok(existsSync(path), `${path} is not there`);
  });

  it("names only scripts that there are", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
      scripts: Record<string, string>;
    };
    for (const [, name] of readme.matchAll(/npm run ([\w:-]+)/g))
      assert.ok(scripts[name!], `npm run ${name}`);
  });
});
