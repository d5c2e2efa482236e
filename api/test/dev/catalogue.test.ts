import assert from "node:assert/strict";
import { test } from "node:test";
import { leaves, readCategories } from "../../dev/catalogue/categories.ts";
import { sampleCatalogue } from "../../dev/catalogue/products.ts";
import { checkDigit } from "../../src/catalog/gtin.ts";

test("the same seed gives the same product, whatever was asked for before; another seed gives another", () => {
  const first = sampleCatalogue(1);
  const again = sampleCatalogue(1);
  const expected = first.product(4321);
  for (const index of [0, 17, 99_999]) again.product(index);
  assert.deepEqual(again.product(4321), expected);
  assert.notDeepEqual(sampleCatalogue(2).product(4321), expected);
});

test("products satisfy the rules of the schema and are told apart by slug, SKU and GTIN", () => {
  const { product } = sampleCatalogue(7);
  const seen = new Set<string>();
  const unique = (value: string) => {
    assert.ok(!seen.has(value), `${value} occurs twice`);
    seen.add(value);
  };
  for (let index = 0; index < 5_000; index++) {
    const { slug, name, description, variants, images, attributes } = product(index);
    unique(slug);
    assert.match(slug, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    assert.match(slug, /[a-z]/);
    assert.ok(slug.length <= 120 && name.length <= 300 && description.length > 50, slug);
    assert.ok(images.length > 0 && Object.keys(attributes).length >= 2);
    for (const { sku, gtin, prices } of variants) {
      unique(sku);
      unique(gtin);
      assert.match(gtin, /^29\d{11}$/);
      assert.equal(checkDigit(gtin.slice(0, -1)), Number(gtin.at(-1)));
      assert.deepEqual(Object.keys(prices), ["EUR", "SEK", "USD"]);
      for (const price of Object.values(prices))
        assert.ok(Number.isInteger(price) && price > 0, `${sku}: ${price}`);
    }
  }
});

test("check digits are those of GS1", () => {
  // The examples of GS1's check digit calculator: GTIN-13, GTIN-12, GTIN-8.
  assert.equal(checkDigit("629104150021"), 3);
  assert.equal(checkDigit("03600029145"), 2);
  assert.equal(checkDigit("7351353"), 7);
});

test("categories are spread as in a shop: a few are large, many small, and most are in use", () => {
  const { product } = sampleCatalogue(1);
  const sizes = new Map<string, number>();
  for (let index = 0; index < 20_000; index++) {
    const { id } = product(index).category;
    sizes.set(id, (sizes.get(id) ?? 0) + 1);
  }
  const sorted = [...sizes.values()].sort((a, b) => b - a);
  const largestTenth = sorted.slice(0, sorted.length / 10).reduce((sum, size) => sum + size, 0);
  assert.ok(
    largestTenth > 8_000 && largestTenth < 16_000,
    `the largest tenth holds ${largestTenth} of 20,000`,
  );
  assert.ok(sizes.size > 1_200, `${sizes.size} categories in use`);
});

test("the tree is whole: every parent comes before its children, and paths lead from a department to the category", () => {
  const categories = readCategories();
  const known = new Map<string, string[]>();
  for (const { id, parentId, name, path } of categories) {
    assert.match(id, /^[A-Za-z0-9_-]{1,64}$/);
    assert.ok(name.length > 0 && name.length <= 200);
    assert.deepEqual(path, [...(parentId === null ? [] : known.get(parentId)!), id]);
    known.set(id, path);
  }
  assert.equal(categories.filter(({ parentId }) => parentId === null).length, 13);
  assert.ok(leaves(categories).length > 2_000);
});
