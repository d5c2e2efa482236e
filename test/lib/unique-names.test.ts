/** No two environments of one account give one name, whatever their suffixes and settings are. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { Testing } from "cdktn";
import { SUFFIX } from "../../lib/aws/core/names.ts";
import { readSettings } from "../../lib/settings.ts";
import { TapStack } from "../../lib/tap-stack.ts";
import { Configuration } from "../../local/terraform-json/index.ts";
import { ownNames } from "../../ops/audit/naming.ts";
import { matcher } from "../../ops/leftovers/names.ts";
import { EVERYTHING } from "../support/variants.ts";

/** Stands for the suffix: in no name of the stack otherwise. */
const MARK = "zqxsuffixqz";

/** Settings that give names of their own. */
const VARIANTS: readonly Readonly<Record<string, string>>[] = [
  {},
  EVERYTHING,
  { DATABASE_ENGINE_VERSION: "17.5" },
  { DATABASE_ENGINE_VERSION: "18.1" },
  ...["2", "3", "12"].map((version) => ({
    API_KEYS_VERSION: version,
    DATABASE_PASSWORD_VERSION: version,
    DATABASE_OWNER_PASSWORD_VERSION: version,
    ORIGIN_TOKEN_VERSION: version,
  })),
];

/** Types whose names are of one list: an alarm's and a composite alarm's, for one. */
const kindOfName = (type: string) => (/_alarm$/.test(type) ? "alarm" : type);

interface Template {
  readonly kind: string;
  /** A name with `MARK` in the suffix's place. */
  readonly text: string;
}

/** Policies are named within their role, services within their cluster: neither is unique by itself. */
const WITHIN_ANOTHER = ["aws_iam_role_policy", "aws_ecs_service"];

/** Every name that is unique in an account or a region. */
function templates(): Template[] {
  const found = VARIANTS.flatMap((settings) => {
    const stack = new TapStack(
      Testing.app(),
      "TapStack",
      readSettings({ ...settings, ENVIRONMENT_SUFFIX: MARK }),
    );
    const config = new Configuration(JSON.parse(Testing.synth(stack, true)));
    const names = config.resources
      .filter(({ type }) => !WITHIN_ANOTHER.includes(type))
      .flatMap((block) =>
        ownNames(config, block).map(({ value }) => ({ kind: kindOfName(block.type), text: value })),
      );
    const keys = names.map(({ kind, text }) => `${kind} ${text}`);
    assert.deepEqual([...new Set(keys)], keys, "two resources of an environment have one name");
    return names;
  });
  return [...new Map(found.map((each) => [`${each.kind} ${each.text}`, each])).values()];
}

/**
 * Two suffixes with which two templates give one name; undefined when there are none. In `a s b = a x t y b` the one suffix is
 * `x t y`, and in `a s y d = a x t d` they overlap: so what the templates have beyond each other says what they must be, and the
 * shortest rest decides whether suffixes may be so.
 */
function clash(one: string, other: string): readonly [string, string] | undefined {
  const [before, after] = one.split(MARK) as [string, string];
  const [longerBefore, otherAfter] = other.split(MARK) as [string, string];
  if (!longerBefore.startsWith(before)) return undefined;
  const start = longerBefore.slice(before.length);
  for (const rest of ["a", ""]) {
    const pairs: [string, string][] = [];
    if (otherAfter.endsWith(after))
      pairs.push([start + rest + otherAfter.slice(0, otherAfter.length - after.length), rest]);
    if (after.endsWith(otherAfter))
      pairs.push([start + rest, rest + after.slice(0, after.length - otherAfter.length)]);
    const found = pairs.find(([s, t]) => s !== t && SUFFIX.test(s) && SUFFIX.test(t));
    if (found) return found;
  }
  return undefined;
}

/** What `leftovers --clean` and `destroy` take away without asking. */
const REMOVED_UNASKED = ["aws_cloudwatch_log_group", "aws_ecs_task_definition"];

const named = (text: string, suffix: string) => text.replaceAll(MARK, suffix);

describe("the names of two environments", () => {
  let all: Template[];
  before(() => {
    all = templates();
  });

  it("hold the suffix once, as a word of its own", () => {
    assert.ok(all.length > 60, `only ${all.length} names were found`);
    for (const { text } of all) assert.match(text, new RegExp(`^[^]*[-/]${MARK}(?![a-z0-9])[^]*$`));
    for (const { text } of all) assert.equal(text.split(MARK).length, 2, text);
  });

  it("are never one, for any two suffixes and any settings of each", () => {
    const clashes = all.flatMap((one) =>
      all.flatMap((other) => {
        const suffixes = one.kind === other.kind ? clash(one.text, other.text) : undefined;
        return suffixes ? [`${one.kind} ${named(one.text, suffixes[0])}: of ${suffixes.join(" and ")}`] : [];
      }),
    );
    assert.deepEqual(clashes, []);
  });

  it("would be seen to be one", () => {
    for (const [one, other, suffixes] of [
      [`group-${MARK}`, `group-17-${MARK}`, ["17-a", "a"]],
      [`log/${MARK}`, `log/${MARK}-x`, ["a-x", "a"]],
      [`a-${MARK}-x`, `a-b-${MARK}`, ["b-a", "a-x"]],
    ] as const) {
      assert.deepEqual(clash(one, other), suffixes);
      const [s, t] = suffixes;
      assert.equal(named(one, s), named(other, t));
    }
    assert.equal(clash(`key-${MARK}-v1`, `key-${MARK}-v2`), undefined);
    assert.equal(clash(`group-${MARK}`, `group17-${MARK}`), undefined);
  });

  it("are told apart by what removes leftovers unasked, for every suffix that looks like a part of a name", () => {
    const removed = all.filter(({ kind }) => REMOVED_UNASKED.includes(kind));
    assert.ok(removed.length >= 6, `only ${removed.length} names`);
    const texts = all.map(({ text }) => text);
    const parts = texts.flatMap((text) => {
      const words = named(text, "a").split(/[-/.]/);
      return words.map((_, index) => words.slice(index).join("-"));
    });
    const suffixes = [
      ...new Set(["a", "prod", ...parts, ...parts.map((part) => part.replaceAll(/\d+/g, "7"))]),
    ].filter((part) => SUFFIX.test(part));
    const wrong = suffixes.flatMap((suffix) => {
      const isNameOf = matcher(
        suffix,
        all.map(({ kind, text }) => ({ type: kind, name: named(text, "zzsuffixzz") })),
      );
      return suffixes
        .filter((other) => other !== suffix && other.includes(suffix))
        .flatMap((other) =>
          removed
            .map(({ kind, text }) => [named(text, other), kind] as const)
            .filter((name) => isNameOf(...name)),
        );
    });
    assert.ok(suffixes.length > 100, `only ${suffixes.length} suffixes were tried`);
    assert.deepEqual(wrong, []);
  });
});
