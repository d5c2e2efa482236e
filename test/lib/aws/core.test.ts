import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { TerraformOutput, Testing } from "cdktn";
import { Duration, kindOf, Names, Stack } from "../../../lib/aws/core/index.ts";
import { Vpc } from "../../../lib/aws/ec2/index.ts";
import { templateOf } from "../../support/template.ts";

describe("Names", () => {
  it("puts the resource type before the suffix", () => {
    assert.equal(new Names("pr-42").for("alb"), "alb-pr-42");
  });

  for (const suffix of ["a", "prod", "pr-42", "0", "a".repeat(16)]) {
    it(`takes '${suffix}'`, () => assert.equal(new Names(suffix).environmentSuffix, suffix));
  }

  for (const suffix of ["", "-a", "a-", "A", "a_b", "a.b", "é", "a".repeat(17), "a b", "a\n"]) {
    it(`refuses ${JSON.stringify(suffix)}`, () => {
      assert.throws(() => new Names(suffix), /is not valid: use 1 to 16 characters/);
    });
  }

  it("refuses a name that is longer than AWS allows", () => {
    const names = new Names("a".repeat(16));
    assert.equal(names.for("b".repeat(15), 32).length, 32);
    assert.throws(() => names.for("b".repeat(16), 32), /has 33 characters, AWS allows 32/);
  });
});

describe("kindOf", () => {
  for (const [id, name] of [
    ["Alb", "alb"],
    ["WebAcl", "web-acl"],
    ["Private1", "private-1"],
    ["S3Endpoint", "s3-endpoint"],
    ["ApiCPUAlarm", "api-cpu-alarm"],
  ] as const) {
    it(`${id} → ${name}`, () => assert.equal(kindOf(id), name));
  }

  it("puts the type before the id, once", () => {
    assert.equal(kindOf("Cpu", "scaling-policy"), "scaling-policy-cpu");
    assert.equal(kindOf("AlarmsTopic", "topic"), "topic-alarms");
    assert.equal(kindOf("Topical", "topic"), "topic-topical");
  });
});

describe("Duration", () => {
  it("is read in the unit that is needed", () => {
    assert.equal(Duration.minutes(2).toSeconds(), 120);
    assert.equal(Duration.hours(48).toDays(), 2);
  });

  it("refuses what is no length of time, and part days where days are asked for", () => {
    assert.throws(() => Duration.seconds(-1), /cannot be negative/);
    assert.throws(() => Duration.hours(1).toDays(), /not a whole number of days/);
  });
});

describe("Stack", () => {
  it("refers to another stack of its app through that one's state", () => {
    const app = Testing.app();
    const [origin, user] = ["Origin", "User"].map(
      (id) => new Stack(app, id, { region: "eu-north-1", environmentSuffix: "test" }),
    );
    const vpc = new Vpc(origin!, "Vpc", { availabilityZones: ["eu-north-1a", "eu-north-1b"] });
    new TerraformOutput(user!, "VpcId", { value: vpc.vpcId });
    app.synth();
    const written = readFileSync(join(app.outdir, "stacks/User/cdk.tf.json"), "utf8");
    assert.match(JSON.parse(written).output.VpcId.value, /^\$\{data\.terraform_remote_state\./);
    assert.match(
      readFileSync(join(app.outdir, "stacks/Origin/cdk.tf.json"), "utf8"),
      /"value": "\$\{aws_vpc\.[^"]+\.id\}"/,
    );
  });

  const provider = (template: ReturnType<typeof templateOf>) =>
    (template.json.provider as { aws: object[] }).aws;

  it("tags whatever its provider makes", () => {
    const template = templateOf(() => {}, { tags: { Project: "catalog-api" } });
    assert.deepEqual(provider(template), [
      { default_tags: [{ tags: { Project: "catalog-api" } }], region: "eu-north-1" },
    ]);
  });

  it("has one provider for another region, with the same tags, however often it is asked for", () => {
    const template = templateOf(
      (stack) => {
        assert.equal(stack.providerFor("us-east-1"), stack.providerFor("us-east-1"));
        assert.equal(stack.providerFor("eu-north-1"), undefined);
      },
      { tags: { a: "b" } },
    );
    assert.deepEqual(provider(template)[1], {
      alias: "us-east-1",
      default_tags: [{ tags: { a: "b" } }],
      region: "us-east-1",
    });
  });

  it("accepts the last provider 5 and provider 6, and no Terraform without write-only arguments", () => {
    const { terraform } = templateOf(() => {}).json as { terraform: Record<string, unknown> };
    assert.deepEqual(terraform.required_providers, {
      aws: { source: "hashicorp/aws", version: ">= 5.100.0, < 7.0.0" },
    });
    assert.equal(terraform.required_version, ">= 1.11.0");
  });

  it("keeps its state encrypted in S3 and locks it by DynamoDB, without use_lockfile", () => {
    const backend = { bucket: "state", region: "eu-north-1", key: "a/terraform.tfstate", lockTable: "locks" };
    const { terraform } = templateOf(() => {}, { backend }).json as {
      terraform: { backend: { s3: object } };
    };
    assert.deepEqual(terraform.backend.s3, {
      bucket: "state",
      region: "eu-north-1",
      key: "a/terraform.tfstate",
      encrypt: true,
      dynamodb_table: "locks",
    });
  });

  it("is found from any construct", () => {
    templateOf((stack) => assert.equal(Stack.of(stack), stack));
  });
});
