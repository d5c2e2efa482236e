import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readJsonArray } from "../../../dev/import/json.ts";
import { LONGEST } from "../../../dev/import/lines.ts";

async function* pieces(text: string, cuts: readonly number[]): AsyncGenerator<string> {
  let from = 0;
  for (const cut of [...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length]) {
    yield text.slice(from, cut);
    from = cut;
  }
}

test("the members of a list are read one by one with their lines, however the file arrives in pieces", async () => {
  const member = fc.oneof(
    // __proto__ is a name that the API refuses, wherever it stands.
    fc
      .jsonValue({ maxDepth: 3 })
      .filter((value) => !Object.is(value, -0) && !JSON.stringify(value).includes('"__proto__"')),
    fc.constant('a [} " \\'),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(member, { maxLength: 5 }),
      fc.constantFrom(",", ",\n", "\n,\n\n", " , "),
      fc.constantFrom(undefined, 2),
      fc.array(fc.nat(), { maxLength: 8 }),
      async (members, separator, indent, cuts) => {
        const texts = members.map((value) => JSON.stringify(value, null, indent));
        const text = `[\n${texts.join(separator)}\n]\n`;
        const found = await Array.fromAsync(readJsonArray(pieces(text, cuts)));
        const breaks = (part: string) => part.split("\n").length - 1;
        let line = 2;
        const wanted = texts.map((part, index) => {
          const at = line;
          line += breaks(part) + breaks(separator);
          return { line: at, value: members[index] };
        });
        assert.deepEqual(
          found.map(({ line, raw }) => ({ line, value: raw && "value" in raw ? raw.value : raw })),
          JSON.parse(JSON.stringify(wanted)),
        );
      },
    ),
    { numRuns: 300 },
  );
});

test("a member that is too long is refused by itself, and the others are read", async () => {
  const long = JSON.stringify({ text: "x".repeat(LONGEST) });
  const cuts = Array.from({ length: 90 }, (_, index) => index * 50_000);
  const found = await Array.fromAsync(readJsonArray(pieces(`[1,\n${long},\n2]`, cuts)));
  assert.deepEqual(
    found.map(({ line, raw }) => [line, raw && "value" in raw ? raw.value : raw?.error]),
    [
      [1, 1],
      [2, "is longer than 4 MiB: a row is one variant, and needs less"],
      [3, 2],
    ],
  );
});
