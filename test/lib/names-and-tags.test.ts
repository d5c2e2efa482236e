import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { synthesise } from "../../local/synthesise.ts";
import { Block, Configuration, valuesAt } from "../../local/terraform-json/index.ts";
import { carries, environmentSuffix, NAMES, ownNames } from "../../ops/audit/naming.ts";
import { argumentsOf } from "../support/schema.ts";
import { SUFFIX, variants } from "../support/variants.ts";

/** The argument by which a type of this schema would be named, when nobody has said which. */
function nameArgument(type: string): string | undefined {
  return (
    NAMES[type]?.[0] ??
    ["name", "bucket", "family", "identifier"].find(
      // A bucket's policy, its lifecycle and so on take the bucket's name; only what can take a prefix is named by it.
      (each) => argumentsOf(type).has(each) && (each !== "bucket" || argumentsOf(type).has("bucket_prefix")),
    )
  );
}

/** What is wrong with how a resource is named and tagged. */
function mistakes(config: Configuration, block: Block): string[] {
  const schema = argumentsOf(block.type);
  const argument = nameArgument(block.type);
  const own = ownNames(config, block);
  const limit = NAMES[block.type]?.[1];
  const tag = block.get("tags.Name");
  const wrong = [
    argument !== undefined &&
      limit === undefined &&
      `is named by ${argument}: say in NAMES how long it may be`,
    argument !== undefined &&
      !own.some((each) => each.argument === argument) &&
      `lacks ${argument}: AWS makes one up`,
    ...own.map(({ value }) => !carries(value, SUFFIX) && `is named '${value}', without the suffix`),
    ...own.map(({ value }) => value.length > (limit ?? 255) && `is named '${value}', longer than AWS allows`),
    ...Object.keys(block.body).map((each) => each.endsWith("_prefix") && `takes a made-up name by ${each}`),
    schema.has("tags") && typeof tag !== "string" && "can have tags, and has no Name",
    typeof tag === "string" && !carries(tag, SUFFIX) && `has the tag Name '${tag}', without the suffix`,
  ];
  return wrong.filter((each) => typeof each === "string").map((each) => `${block.address} ${each}`);
}

describe("names and tags", () => {
  let stacks: Awaited<ReturnType<typeof variants>>;
  before(async () => {
    stacks = await variants();
  });

  it("every resource that has a name carries the suffix in it, and every one that can have tags is named by one", () => {
    for (const { name, config } of stacks) {
      assert.deepEqual(
        config.resources.flatMap((block) => mistakes(config, block)),
        [],
        name,
      );
    }
  });

  it("every provider tags what it makes with both tags", () => {
    for (const { config } of stacks) {
      const providers = valuesAt(config.root, "provider.aws");
      assert.equal(providers.length, 2);
      for (const provider of providers) {
        assert.deepEqual(valuesAt(provider, "default_tags.tags"), [
          { Environment: "production", Project: "catalog-api", Suffix: SUFFIX },
        ]);
      }
    }
  });

  it("the suffix can be read back from the names, whatever it is made of", () => {
    for (const { config } of stacks) assert.equal(environmentSuffix(config), SUFFIX);
  });

  const NEWCOMERS: readonly [type: string, body: Record<string, unknown>, says: RegExp][] = [
    ["aws_sqs_queue", { name: `queue-${SUFFIX}`, tags: { Name: `queue-${SUFFIX}` } }, /say in NAMES/],
    ["aws_sns_topic", { tags: { Name: `topic-${SUFFIX}` } }, /lacks name/],
    ["aws_sns_topic", { name: "topic", tags: { Name: `topic-${SUFFIX}` } }, /'topic', without the suffix/],
    ["aws_sns_topic", { name: `topic-${SUFFIX}` }, /can have tags, and has no Name/],
    ["aws_sns_topic", { name: `topic-${SUFFIX}`, tags: { Name: "topic" } }, /tag Name 'topic'/],
    [
      "aws_lb",
      { name: `${"a".repeat(30)}-${SUFFIX}`, tags: { Name: `alb-${SUFFIX}` } },
      /longer than AWS allows/,
    ],
    [
      "aws_lb",
      { name_prefix: `alb-${SUFFIX}`, tags: { Name: `alb-${SUFFIX}` } },
      /made-up name by name_prefix/,
    ],
    ["aws_vpc", { cidr_block: "10.0.0.0/16" }, /can have tags, and has no Name/],
  ];
  for (const [type, body, says] of NEWCOMERS) {
    it(`a new ${type} with ${JSON.stringify(body)} does not slip by`, () => {
      const block = new Block("resource", type, "New", body as Block["body"]);
      assert.match(mistakes(stacks[0]!.config, block).join("\n"), says);
    });
  }
});

describe("what a resource takes from another environment", () => {
  it("is no name of its own: the snapshot that its data come from", async () => {
    const config = new Configuration(
      await synthesise({ ENVIRONMENT_SUFFIX: "other", DATABASE_SNAPSHOT: "snapshot-1-prod" }),
    );
    const [cluster] = config.of("aws_rds_cluster");
    assert.equal(cluster!.get("snapshot_identifier"), "snapshot-1-prod");
    assert.deepEqual(
      ownNames(config, cluster!).map(({ argument }) => argument),
      ["cluster_identifier"],
    );
  });
});
