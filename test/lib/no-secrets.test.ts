import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, describe, it } from "node:test";
import { type Json, leaves } from "../../local/terraform-json/index.ts";
import { looksRandom, SECRET_ARGUMENT } from "../../ops/audit/secrets.ts";
import { EVERYTHING, synthesiseWith, variants } from "../support/variants.ts";

/** Where a secret stands in a document: by the argument's name, or because the value looks generated. */
function secretsIn(document: Json): string[] {
  return [...leaves(document)]
    .filter(({ argument, value }) => {
      if (typeof value !== "string" || value === "") return false;
      const plain = value.replaceAll(/\$\{[^}]*\}/g, ""); // what refers to a secret is not one
      return SECRET_ARGUMENT.test(argument) || /^random_/.test(argument) || looksRandom(plain);
    })
    .map(({ path }) => path);
}

describe("no secret in the synthesised JSON", () => {
  let stacks: Awaited<ReturnType<typeof variants>>;
  before(async () => {
    stacks = await variants();
  });

  it("nowhere in it, in policies and container definitions neither", () => {
    for (const { name, config } of stacks) assert.deepEqual(secretsIn(config.root), [], name);
  });

  it("nothing is made up while synthesising: the same settings give the same bytes", async () => {
    const lines = (root: Json) => JSON.stringify(root, null, 1).split("\n");
    const [once, again] = [lines(stacks[1]!.config.root), lines(await synthesiseWith(EVERYTHING))];
    assert.deepEqual(
      again.filter((line, index) => line !== once[index]),
      [],
    );
    assert.equal(again.length, once.length);
  });

  it("credentials of whoever synthesises do not get into it", async () => {
    const credentials = {
      AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
      AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
      AWS_SESSION_TOKEN: "session-of-somebody",
      PGPASSWORD: "hunter2-hunter2",
    };
    const text = JSON.stringify(await synthesiseWith(credentials));
    for (const value of Object.values(credentials)) assert.ok(!text.includes(value), value);
  });

  it("finds a generated value wherever it is put", () => {
    // As if generated, and the same in every run.
    const digest = (index: number) => createHash("sha512").update(`secret ${index}`);
    const generated = Array.from({ length: 100 }, (_, index) =>
      index % 2 ? digest(index).digest("base64").slice(0, 40) : digest(index).digest("hex").slice(0, 40),
    );
    const places: ((secret: string) => Json)[] = [
      (secret) => ({ resource: { aws_sns_topic: { T: { display_name: secret } } } }),
      (secret) => ({
        policy: JSON.stringify({ Statement: [{ Condition: { StringEquals: { key: secret } } }] }),
      }),
      (secret) => ({ origin: [{ custom_header: [{ name: "x-origin-verify", value: secret }] }] }),
    ];
    for (const place of places) {
      for (const secret of generated) assert.equal(secretsIn(place(secret)).length, 1, secret);
    }
    assert.deepEqual(secretsIn({ image: `catalog-api@sha256:${digest(0).digest("hex").slice(0, 64)}` }), []);
    assert.deepEqual(secretsIn({ master_password: "hunter2" }), ["master_password"]);
  });
});
