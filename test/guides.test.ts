/** The guides' command blocks: shell that parses, commands and options that there are. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { MAP } from "../bin/map.ts";

const ROOT = join(import.meta.dirname, "..");
const verbs = new Set(Object.values(MAP).flatMap((group) => Object.keys(group)));
const guides = readdirSync(join(ROOT, "docs")).filter((file) => file.endsWith(".md"));

/** Blocks of a language, without the indent of a list. */
const blocks = (text: string): string[] =>
  [...text.matchAll(/^( *)```sh\n([\s\S]*?)^ *```$/gm)].map(([, indent, block]) =>
    block!.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  );

/** `bin/catalog VERB …`, in blocks and in the text. */
const calls = (text: string): string[] =>
  [...text.matchAll(/bin\/catalog ([a-z]+)((?: +(?:--[a-z-]+|[\w./$"-]+))*)/g)].map(
    ([, verb, rest]) => `${verb}${rest}`,
  );

const help = new Map<string, string>();
const helpOf = (verb: string): string => {
  const known = help.get(verb);
  if (known) return known;
  const text = execFileSync(process.execPath, [join(ROOT, "bin/catalog.js"), verb, "--help"], {
    encoding: "utf8",
  });
  help.set(verb, text);
  return text;
};

function wrongIn(text: string): string[] {
  const syntax = blocks(text).flatMap((block) => {
    const { stderr } = spawnSync("bash", ["-n"], { input: block, encoding: "utf8" });
    return stderr ? [stderr.trim()] : [];
  });
  const unknown = calls(text).flatMap((call) => {
    const [verb = "", ...words] = call.split(/ +/);
    if (!verbs.has(verb)) return [`there is no bin/catalog ${verb}`];
    return words
      .filter((word) => word.startsWith("--") && !helpOf(verb).includes(word))
      .map((word) => `${verb} has no ${word}`);
  });
  return [...syntax, ...unknown];
}

describe("the commands of the guides", () => {
  for (const file of guides) {
    it(`parse and exist in ${file}`, () => {
      assert.deepEqual(wrongIn(readFileSync(join(ROOT, "docs", file), "utf8")), []);
    });
  }

  it("are seen to be wrong when they are", () => {
    for (const [wrong, says] of [
      ['```sh\necho "unclosed\n```\n', /unexpected EOF/],
      ["run `bin/catalog deplyo`", /there is no bin\/catalog deplyo/],
      ["run `bin/catalog deploy --no-such-thing`", /deploy has no --no-such-thing/],
    ] as const)
      assert.match(wrongIn(wrong).join(), says);
  });
});
