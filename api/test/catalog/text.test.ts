import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SuggestQuery } from "../../src/catalog/parameters.ts";
import { slugOf } from "../../src/catalog/slug.ts";
import { INVISIBLE, Slug } from "../../src/catalog/vocabulary.ts";
import { searchText, splitWords } from "../../src/catalog/words.ts";
import { ODD, readSchemas } from "../support/document-texts.ts";

const seed = 1;
const numRuns = 400;
const { accepts } = readSchemas({});

test("the words of what is searched for are again what is searched for", () => {
  const odd = fc.oneof(
    fc.constantFrom(...ODD, "ﷺ", "𐐨", "15.6", "it's"),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  );
  const typed = fc.oneof(
    fc.string({ unit: odd, maxLength: 200 }),
    fc.tuple(fc.nat(45), odd).map(([count, end]) => "a".repeat(count) + end.repeat(3)),
  );
  fc.assert(
    fc.property(typed, (text) => {
      const words = splitWords(text.toWellFormed());
      assert.deepEqual(splitWords(words.join(" ")), words);
      assert.ok(
        words.length === 0 || accepts({ ...SuggestQuery.properties.q }, words.join(" ")),
        JSON.stringify(words),
      );
      const whole = searchText(text.toWellFormed());
      assert.equal(searchText(whole), whole);
      assert.deepEqual(splitWords(whole), words);
      assert.ok(
        words.length === 0 || accepts({ ...SuggestQuery.properties.q }, whole),
        JSON.stringify(whole),
      );
    }),
    { seed, numRuns },
  );
});

test("every name makes a slug that can be seen and can be part of an address", () => {
  const names = fc.string({
    unit: fc.oneof(fc.constantFrom(...ODD), fc.string({ unit: "binary", minLength: 1, maxLength: 1 })),
  });
  fc.assert(
    fc.property(names, (name) => {
      assert.ok(accepts({ ...Slug }, slugOf(name)), JSON.stringify([name, slugOf(name)]));
    }),
    { seed, numRuns },
  );
});

test("invisible is what Unicode says has no ink", () => {
  const unseen = new RegExp(`^[${INVISIBLE}]$`, "u");
  for (let code = 0; code <= 0xffff; code++) {
    const character = String.fromCodePoint(code);
    if (/\p{Default_Ignorable_Code_Point}|\p{Zs}/u.test(character))
      assert.match(character, unseen, `U+${code.toString(16)}`);
    else if (unseen.test(character)) assert.equal(code, 0x2800, `U+${code.toString(16)}`);
  }
});
