import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { before, describe, it } from "node:test";
import type { Json, JsonObject } from "../../local/terraform-json/index.ts";
import { EVERYTHING, SUFFIX, synthesiseWith } from "../support/variants.ts";
import { grantsOver } from "./grants.ts";
import type { Mutant } from "./mutants.ts";
import { noticedBy } from "./notice.ts";

/** Every resource type that the provider has, by the folders of its bindings. */
function providerTypes(): string[] {
  const library = join(
    dirname(createRequire(import.meta.url).resolve("@cdktn/provider-aws/package.json")),
    "lib",
  );
  return readdirSync(library, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "provider")
    .map(({ name }) => name.replaceAll("-", "_"))
    .filter((name) => !/^(data|ephemeral)_aws_/.test(name))
    .map((name) => `aws_${name}`);
}

for (const [variant, settings] of [
  ["by default", { ENVIRONMENT_SUFFIX: SUFFIX }],
  ["with every option on", EVERYTHING],
] as const) {
  describe(`the audit of the stack ${variant}`, () => {
    let stack: JsonObject;
    const resources = () => stack.resource as Record<string, Record<string, JsonObject>>;
    const withResource = (type: string, named: Json) => ({
      ...stack,
      resource: { ...resources(), [type]: named },
    });
    before(async () => {
      stack = await synthesiseWith(settings);
    });

    it("lets the stack itself pass, and a copy of it", () => {
      assert.equal(noticedBy(stack, stack), undefined);
      assert.equal(noticedBy(structuredClone(stack), stack), undefined);
    });

    it("refuses every way to more rights: by each policy, each role, and each use of one", () => {
      const all = [...grantsOver(stack)];
      const said = ({ address, path, change }: Mutant) => `${address} ${path}: ${change}`;
      const unnoticed = all.filter((mutant) => noticedBy(mutant.apply(), stack) === undefined);
      assert.deepEqual(unnoticed.map(said), []);
      for (const [type, argument] of [
        ["aws_iam_role", "assume_role_policy"],
        ["aws_iam_role_policy", "policy"],
        ["aws_s3_bucket_policy", "policy"],
        ["aws_sns_topic_policy", "policy"],
        ["aws_cloudwatch_log_resource_policy", "policy_document"],
        ["aws_ecs_task_definition", "task_role_arn"],
        ["aws_ecs_task_definition", "execution_role_arn"],
        ["aws_flow_log", "iam_role_arn"],
      ]) {
        for (const name of Object.keys(resources()[type!]!))
          assert.ok(
            all.some(({ address, path }) => address === `${type}.${name}` && path === argument),
            `${type}.${name} ${argument}`,
          );
      }
    });

    it("refuses whatever the provider can make and the stack does not have", () => {
      const others = providerTypes().filter((type) => !(type in resources()));
      assert.ok(others.length > 1000);
      const passed = others.filter(
        (type) => noticedBy(withResource(type, { Added: {} }), stack) === undefined,
      );
      assert.deepEqual(passed, []);
    });

    it("refuses a role's policy that stands in a list of blocks, as Terraform reads it", () => {
      const type = "aws_iam_role_policy";
      const more = {
        role: "role-task",
        policy: '{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
      };
      for (const named of [[resources()[type]!, { More: more }], { ...resources()[type]!, More: [more] }])
        assert.notEqual(noticedBy(withResource(type, named), stack), undefined);
      const attached = [
        { More: { role: "role-task", policy_arn: "arn:aws:iam::aws:policy/AdministratorAccess" } },
      ];
      assert.notEqual(noticedBy(withResource("aws_iam_role_policy_attachment", attached), stack), undefined);
      const read = [{ aws_iam_role: { Admin: { name: "Admin" } } }, ...[stack.data as JsonObject]];
      assert.notEqual(noticedBy({ ...stack, data: read }, stack), undefined);
    });
  });
}
