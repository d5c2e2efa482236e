/** What all clients of AWS share. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import { awsClients } from "../../ops/aws.ts";

describe("AWS's clients", () => {
  it("ask for credentials once: whoever gives them may want a code of somebody", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "credentials-"));
    const { env } = process;
    try {
      const answer = path.join(folder, "answer.json");
      const asked = path.join(folder, "asked");
      const Expiration = new Date(Date.now() + 3_600_000).toISOString();
      const keys = { Version: 1, AccessKeyId: "theirs", SecretAccessKey: "b", SessionToken: "c", Expiration };
      writeFileSync(answer, JSON.stringify(keys));
      const config = path.join(folder, "config");
      const command = `sh -c "echo once >> '${asked}'; cat '${answer}'"`;
      writeFileSync(config, `[profile shop]\ncredential_process = ${command}\n`);
      process.env = {
        ...{ PATH: env.PATH, HOME: folder, AWS_PROFILE: "shop" },
        ...{ AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: path.join(folder, "none") },
      };
      const here = awsClients();
      const there = awsClients({ region: "eu-west-1", credentials: here.sts.config.credentials });
      const given = await Promise.all(
        [...Object.values(here), ...Object.values(there)].map(
          async ({ config: { credentials } }) => (await credentials()).accessKeyId,
        ),
      );
      assert.deepEqual([...new Set(given)], ["theirs"]);
      assert.equal(readFileSync(asked, "utf8"), "once\n");
    } finally {
      process.env = env;
      rmSync(folder, { recursive: true });
    }
  });
});
