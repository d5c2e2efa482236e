/** Plans of many stacks in one run of Terraform, with a Terraform that only writes down what it is asked. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import type { JsonObject } from "../../../../local/terraform-json/index.ts";
import { planTogether } from "../../../../ops/rehearsal/changes/batch.ts";
import type { Environment } from "../../../../ops/rehearsal/environment.ts";

const stack = (name: string): JsonObject => ({
  provider: { aws: [{ region: "eu-north-1" }, { region: "us-east-1", alias: "us-east-1" }] },
  resource: { aws_sns_topic: { a: { name } } },
  terraform: {
    backend: { s3: { bucket: "state" } },
    required_providers: { aws: { source: "hashicorp/aws", version: ">= 5" } },
  },
});

const STATE = {
  version: 4,
  outputs: { url: { value: "x" } },
  resources: [
    { mode: "managed", type: "aws_sns_topic", name: "a", instances: [{ attributes: { name: "old" } }] },
    {
      mode: "managed",
      type: "aws_sns_topic_policy",
      name: "b",
      instances: [{ dependencies: ["aws_sns_topic.a"] }],
    },
  ],
};

const change = (index: number, name: string) => ({
  address: `module.change_${index}.aws_sns_topic.a`,
  module_address: `module.change_${index}`,
  mode: "managed",
  type: "aws_sns_topic",
  change: { actions: ["update"], before: { name: "old" }, after: { name } },
});
const read = (index: number) => ({
  address: `module.change_${index}`,
  resources: [
    {
      address: `module.change_${index}.data.aws_region.r`,
      mode: "data",
      type: "aws_region",
      values: { name: `region-${index}` },
    },
  ],
});

describe("plans of many stacks", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "batch-"));
  after(() => rm(folder, { recursive: true }));
  const asked: string[][] = [];
  const environment = {
    folder,
    file: (name: string) => path.join(folder, name),
    elsewhere: () => environment,
    terraform: {
      pullState: async () => JSON.stringify(STATE),
      init: async () => {},
      plan: async (...args: string[]) => asked.push(args) > 0,
      show: async () =>
        JSON.stringify({
          resource_changes: [change(1, "second"), change(0, "first")],
          planned_values: {},
          prior_state: { values: { root_module: { child_modules: [read(0), read(1)] } } },
        }),
    },
  };
  const plans = await planTogether(
    environment as unknown as Environment,
    [stack("first"), stack("second")],
    "folder",
  );
  const written = async (name: string) => JSON.parse(await readFile(path.join(folder, name), "utf8"));

  it("are read back in the stacks' order, with addresses of their own", () => {
    assert.deepEqual(
      plans.map(({ resources, data }) => [
        resources.map(({ address, values }) => [address, values.name]),
        data.map(({ address, values }) => [address, values.name]),
      ]),
      [
        [[["aws_sns_topic.a", "first"]], [["data.aws_region.r", "region-0"]]],
        [[["aws_sns_topic.a", "second"]], [["data.aws_region.r", "region-1"]]],
      ],
    );
  });

  it("are made of modules that have their providers from the root, and the state in a file", async () => {
    const module = await written("change_1/cdk.tf.json");
    assert.deepEqual(module.resource, stack("second").resource);
    assert.equal(module.provider, undefined);
    assert.equal(module.terraform.backend, undefined);
    assert.deepEqual(module.terraform.required_providers.aws.configuration_aliases, ["aws.us-east-1"]);
    const root = await written("main.tf.json");
    assert.deepEqual(root.provider, stack("").provider);
    assert.deepEqual(root.module.change_1, {
      source: "./change_1",
      providers: { aws: "aws", "aws.us-east-1": "aws.us-east-1" },
    });
  });

  it("stand against a state that holds the environment once for each", async () => {
    const { outputs, resources } = await written("terraform.tfstate");
    assert.deepEqual(outputs, {});
    const named = (
      resources as { module: string; name: string; instances: { dependencies: string[] }[] }[]
    ).map(({ module, name, instances }) => [module, name, instances[0]!.dependencies]);
    const inModule = (module: string) => [
      [module, "a", []],
      [module, "b", [`${module}.aws_sns_topic.a`]],
    ];
    assert.deepEqual(named, [...inModule("module.change_0"), ...inModule("module.change_1")]);
  });

  it("ask AWS for nothing that has not changed", () => {
    assert.deepEqual(asked, [[path.join(folder, "changes.tfplan"), "-refresh=false"]]);
  });
});
