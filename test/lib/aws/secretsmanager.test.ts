import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TerraformOutput } from "cdktn";
import * as secretsmanager from "../../../lib/aws/secretsmanager/index.ts";
import { templateOf } from "../../support/template.ts";

describe("Secret", () => {
  const secret = (props: Partial<secretsmanager.SecretProps> = {}, destroyable = true) =>
    templateOf(
      (stack) =>
        new secretsmanager.Secret(stack, "S", { resourceType: "db-password", description: "d", ...props }),
      {
        destroyable,
      },
    );

  it("is named by suffix and version, and gone at once when destroyed", () => {
    const resource = secret({ version: 3 }).only("aws_secretsmanager_secret");
    assert.equal(resource.name, "db-password-test-v3");
    assert.equal(resource.recovery_window_in_days, 0);
  });

  it("keeps a recovery window in a stack that is not to be destroyed", () => {
    assert.equal(secret({}, false).only("aws_secretsmanager_secret").recovery_window_in_days, 30);
  });

  it("takes its value from an ephemeral resource, through a write-only argument", () => {
    const template = secret({ version: 2 });
    const version = template.only("aws_secretsmanager_secret_version");
    assert.match(version.secret_string_wo, /^\$\{ephemeral\.aws_secretsmanager_random_password\./);
    assert.equal(version.secret_string_wo_version, 2);
    assert.equal(version.secret_string, undefined);
  });

  it("hands its value on only after it was written", () => {
    const template = templateOf((stack) => {
      const each = new secretsmanager.Secret(stack, "S", { resourceType: "x", description: "d" });
      new TerraformOutput(stack, "One", { value: each.ephemeralValue, sensitive: true });
      new TerraformOutput(stack, "Two", { value: each.ephemeralValue, sensitive: true });
    });
    const readers = Object.values(template.json.ephemeral!.aws_secretsmanager_secret_version as object);
    assert.equal(readers.length, 1);
    assert.match(readers[0].depends_on[0], /^aws_secretsmanager_secret_version\./);
    // Unknown to a plan until there is a version, unlike the secret's own id.
    assert.match(readers[0].secret_id, /^\$\{aws_secretsmanager_secret_version\.[^.]+\.arn\}$/);
  });

  it("refuses a version that does not count, and a value that can be guessed", () => {
    assert.throws(() => secret({ version: 0 }), /Secret 'S': version 0/);
    assert.throws(() => secret({ passwordLength: 8 }), /passwordLength 8 is too short/);
  });
});
