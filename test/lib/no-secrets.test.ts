import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { before, describe, it } from "node:test";
import { looksRandom, SECRET_ARGUMENT } from "../../ops/audit/secrets.ts";
import { synthesise } from "../../ops/synthesise.ts";
import { type Json, leaves } from "../../ops/terraform-json.ts";
import { EVERYTHING, variants } from "../support/variants.ts";

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
    assert.equal(JSON.stringify(await synthesise(EVERYTHING)), JSON.stringify(stacks[1]!.config.root));
  });

  it("credentials of whoever synthesises do not get into it", async () => {
    const credentials = {
      AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
      AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
      AWS_SESSION_TOKEN: "session-of-somebody",
      PGPASSWORD: "hunter2-hunter2",
    };
    const text = JSON.stringify(await synthesise(credentials));
    for (const value of Object.values(credentials)) assert.ok(!text.includes(value), value);
  });

  it("finds a generated value wherever it is put", () => {
    const generated = Array.from({ length: 50 }, () => randomBytes(30).toString("base64"));
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
    assert.deepEqual(secretsIn({ master_password: "hunter2" }), ["master_password"]);
  });
});
