/** The settings file after a rotation or a way back: written when it was begun, else as it was. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { environmentOf, fileToWrite } from "../../../bin/environment.ts";
import { deployChanged } from "../../../ops/deploy/changed-setting.ts";
import { fakeDeployment, type Scenario } from "./fake-deployment.ts";

const folder = mkdtempSync(path.join(tmpdir(), "changed-"));
const file = path.join(folder, "production.env");
after(() => rmSync(folder, { recursive: true }));

const TEXTS = [
  "ENVIRONMENT_SUFFIX=dev\n",
  "# note\nAPI_KEYS_VERSION=1 # first\nMAX_TASKS=8",
  "export API_KEYS_VERSION='7'\r\n",
];
const WRITTEN = /API_KEYS_VERSION=9/;

describe("a changed setting", () => {
  async function change(scenario: Scenario, confirm: () => Promise<void>): Promise<string> {
    await using fake = await fakeDeployment(scenario);
    await deployChanged({
      ...{ file, setting: "API_KEYS_VERSION", value: "9", confirm },
      open: () => {
        assert.match(readFileSync(file, "utf8"), WRITTEN);
        return fake.session;
      },
      polling: { everyMs: 2, timeoutMs: 30, now: fake.now },
    }).catch(() => undefined);
    return readFileSync(file, "utf8");
  }
  const refuse = async () => {
    throw new Error("Not confirmed");
  };
  const agree = async () => undefined;
  const error = [{ severity: "error" as const, summary: "AccessDenied", detail: "" }];

  for (const text of TEXTS)
    it(`comes back as it was when nothing was begun: ${JSON.stringify(text)}`, async () => {
      writeFileSync(file, text);
      assert.equal(await change({}, refuse), text);
      assert.equal(await change({ planFails: error }, agree), text);
    });

  it("stays when the deployment was begun, whatever came of it", async () => {
    for (const scenario of [{}, { applyFails: error }]) {
      writeFileSync(file, TEXTS[0]!);
      assert.match(await change(scenario, agree), WRITTEN);
    }
  });

  it("leaves what somebody else has written meanwhile", async () => {
    writeFileSync(file, TEXTS[0]!);
    const edit = async () => {
      writeFileSync(file, "MAX_TASKS=9\n");
      await refuse();
    };
    assert.equal(await change({}, edit), "MAX_TASKS=9\n");
  });

  it("is refused for another environment than the file's, and without a file", () => {
    writeFileSync(file, "ENVIRONMENT_SUFFIX=prod\n");
    assert.equal(fileToWrite(environmentOf({ settings: file })), file);
    assert.equal(fileToWrite(environmentOf({ settings: file, suffix: "prod" })), file);
    assert.throws(
      () => fileToWrite(environmentOf({ settings: file, suffix: "eu" })),
      /is of 'prod'.*file of 'eu'/,
    );
    assert.throws(() => fileToWrite(environmentOf({})), /Give --settings/);
  });
});
