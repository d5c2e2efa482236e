import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import {
  blocksOf,
  Configuration,
  type JsonObject,
  readJson,
  repeatedKey,
} from "../../../local/terraform-json/index.ts";

describe("a key that an object has twice", () => {
  it("is found, wherever the object is and however the key is written", () => {
    for (const [text, key] of [
      ['{"a":1,"a":2}', "a"],
      ['[{"a":{"b":1,"c":[{"b":1}],"b":2}}]', "b"],
      ['{"a":"}","b" : {"a":1}, "\\u0061":2}', "a"],
      ['{"a\\"b":1,"a\\"b":2}', 'a"b'],
    ] as const)
      assert.equal(repeatedKey(text), key, text);
  });

  it("is none in what JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(0, 2), (text, indent) => {
        assert.equal(repeatedKey(JSON.stringify(JSON.parse(text), undefined, indent)), undefined);
      }),
    );
  });

  it("is found in any text that has one", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.nat(), (object, index) => {
        const keys = Object.keys(object);
        const key = keys[index % keys.length]!;
        const text = JSON.stringify(object).replace(/\}$/, () => `,${JSON.stringify(key)}:null}`);
        assert.equal(repeatedKey(text), key);
      }),
    );
  });

  describe("in a file", () => {
    let folder: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "terraform-json-test-"));
    });
    after(() => rm(folder, { recursive: true }));

    it("is an error that names the file and the key, since Terraform would read both", async () => {
      const file = join(folder, "cdk.tf.json");
      await writeFile(file, '{"resource":{"aws_iam_user":{"A":{}}},"resource":{"aws_vpc":{"B":{}}}}');
      assert.throws(() => readJson(file), /cdk\.tf\.json has 'resource' twice in one object/);
    });
  });
});

describe("the blocks of a configuration", () => {
  it("are found under labels that are written as lists", () => {
    const root: JsonObject = {
      resource: { aws_lb: [{ A: {} }, { B: [{ internal: true }] }] },
      data: [{ aws_region: { C: {} } }, { "//": "a comment", aws_partition: [{ D: {} }] }],
    };
    assert.deepEqual(
      blocksOf(root).map(({ address }) => address),
      ["aws_lb.A", "aws_lb.B", "data.aws_region.C", "data.aws_partition.D"],
    );
    assert.equal(new Configuration(root).block("aws_lb.B")?.get("internal"), true);
  });

  it("have an address each", () => {
    for (const named of [[{ A: {} }, { A: {} }], { A: [{}, {}] }])
      assert.throws(() => new Configuration({ resource: { aws_lb: named } }), /aws_lb\.A is declared twice/);
  });
});
