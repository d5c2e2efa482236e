import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { type Block, Configuration, type JsonObject } from "../../local/terraform-json/index.ts";
import { ORDER, unordered } from "../../ops/ordering.ts";
import { variants } from "../support/variants.ts";

/** Whether `from` still waits for `to` when `from` itself no longer names it, in depends_on or by a reference. */
function holdsByALongerWay(config: Configuration, from: Block, to: Block): boolean {
  const body = JSON.parse(
    JSON.stringify(from.body)
      .replaceAll(`"${to.address}"`, '"gone"')
      .replaceAll(`\${${to.address}.`, "${gone."),
  );
  const section = config.root[from.mode] as Record<string, JsonObject>;
  const severed = new Configuration({
    ...config.root,
    [from.mode]: { ...section, [from.type]: { ...section[from.type], [from.name]: body } },
  });
  return severed.waitsFor(severed.block(from.address)!, severed.block(to.address)!);
}

describe("the order in which Terraform makes the stack, and takes it away against it", () => {
  let stacks: Awaited<ReturnType<typeof variants>>;
  before(async () => {
    stacks = await variants();
  });

  for (const dependency of ORDER) {
    it(`${dependency.words}; else ${dependency.without}`, () => {
      for (const { name, config } of stacks) {
        assert.notEqual(
          dependency.pairs(config).length,
          0,
          `the stack ${name} has no such pair: mend the contract`,
        );
        assert.deepEqual(
          unordered(config, dependency).map(([from, to]) => `${from.address} → ${to.address}`),
          [],
          name,
        );
      }
    });
  }

  it("misses each dependency that is taken away, but for those that hold by a longer way too", () => {
    const { config } = stacks[0]!;
    const held = ORDER.flatMap((dependency) => dependency.pairs(config))
      .filter(([from, to]) => holdsByALongerWay(config, from, to))
      .map(([from, to]) => `${from.type} → ${to.type}`);
    assert.deepEqual([...new Set(held)].sort(), [
      "aws_cloudfront_distribution → aws_lb_listener",
      "aws_ecs_service → aws_iam_role_policy", // those with a policy of their own, by the role's one
      "aws_ecs_service → aws_lb_listener", // by the listener's rule
      "aws_ecs_service → aws_secretsmanager_secret_version", // the password's, by Aurora
      "aws_lb → aws_s3_bucket_ownership_controls", // by the bucket's policy
      "aws_nat_gateway → aws_internet_gateway", // by the subnet's default route
    ]);
  });

  it("has no circle", () => {
    for (const { config } of stacks) {
      const circles = config.blocks.filter((block) => config.waitsFor(block, block));
      assert.deepEqual(
        circles.map(({ address }) => address),
        [],
      );
    }
  });
});
