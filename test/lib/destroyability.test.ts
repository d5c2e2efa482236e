import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { Block, type Configuration, type JsonObject } from "../../local/terraform-json/index.ts";
import { argumentsOf } from "../support/schema.ts";
import { variants } from "../support/variants.ts";

/**
 * What a destroy needs of an argument, wherever a resource's schema has it. The provider's schema is asked and not a list
 * of types, so that a new resource is judged the day it is added.
 */
const DEMANDS: readonly {
  readonly argument: RegExp;
  readonly holds: (value: unknown) => boolean;
  readonly as: string;
}[] = [
  {
    argument: /deletion_protection|termination_protection|disable_api_/,
    holds: off,
    as: "off: it blocks a destroy",
  },
  {
    argument: /^(skip_destroy|retain_on_delete|prevent_destroy)$/,
    holds: off,
    as: "off: it survives a destroy",
  },
  {
    argument: /^force_(destroy|delete)$/,
    holds: (value) => value === true,
    as: "true: else it must be empty to go",
  },
  {
    argument: /^skip_final_snapshot$/,
    holds: (value) => value === true,
    as: "true: else a destroy fails at its end",
  },
  { argument: /^final_snapshot_identifier$/, holds: (value) => value === undefined, as: "absent" },
  {
    argument: /^delete_automated_backups$/,
    holds: (value) => value === true,
    as: "true: backups survive else",
  },
  {
    argument: /^recovery_window_in_days$/,
    holds: (value) => value === 0,
    as: "0: the name stays taken else",
  },
  {
    argument: /^deletion_window_in_days$/,
    holds: () => false,
    as: "on no resource: a key needs 7 days to go",
  },
  { argument: /^object_lock_enabled$/, holds: off, as: "off: locked objects cannot be deleted" },
];

/** Where a demand has another sense, and why. */
const SENSELESS: Readonly<Record<string, string>> = {
  "aws_ecs_service.force_delete": "Terraform scales a replica service to zero before it deletes it",
  "aws_rds_cluster_instance.force_destroy": "is for members of a cross-region replica",
};

function off(value: unknown): boolean {
  return value === undefined || value === false;
}

/** What of a resource would block or survive a destroy. */
function obstacles(block: Block): string[] {
  const schema = argumentsOf(block.type);
  const fromSchema = DEMANDS.flatMap(({ argument, holds, as }) =>
    [...schema]
      .filter((name) => argument.test(name) && !(`${block.type}.${name}` in SENSELESS))
      .filter((name) => !holds(block.body[name]))
      .map((name) => `${block.address}: ${name} must be ${as}`),
  );
  const lifecycle = (block.body.lifecycle ?? {}) as JsonObject;
  return lifecycle.prevent_destroy === undefined
    ? fromSchema
    : [...fromSchema, `${block.address}: lifecycle.prevent_destroy must be absent`];
}

const all = (config: Configuration) => config.resources.flatMap(obstacles);

describe("destroyability", () => {
  let stacks: Awaited<ReturnType<typeof variants>>;
  before(async () => {
    stacks = await variants();
  });

  it("nothing in the stack blocks or survives a destroy", () => {
    for (const { name, config } of stacks) assert.deepEqual(all(config), [], name);
  });

  it("every exception is one that the stack still needs", () => {
    const used = new Set(stacks.flatMap(({ config }) => config.resources.map(({ type }) => type)));
    for (const exception of Object.keys(SENSELESS)) {
      const [type, argument] = exception.split(".") as [string, string];
      assert.ok(used.has(type) && argumentsOf(type).has(argument), exception);
    }
  });

  /** Resources that the stack does not have, or not like this: each must be caught without anybody having named its type. */
  const NEWCOMERS: readonly [type: string, body: JsonObject][] = [
    ["aws_ecr_repository", { name: "api-dev" }],
    ["aws_kms_key", { deletion_window_in_days: 7 }],
    ["aws_kms_key", {}],
    ["aws_db_instance", { skip_final_snapshot: true, delete_automated_backups: false }],
    ["aws_db_instance", { delete_automated_backups: true }],
    ["aws_dynamodb_table", { deletion_protection_enabled: true }],
    ["aws_cognito_user_pool", { deletion_protection: "ACTIVE" }],
    ["aws_instance", { disable_api_termination: true }],
    ["aws_secretsmanager_secret", { name: "x" }],
    ["aws_cloudwatch_log_group", { skip_destroy: true }],
    ["aws_cloudfront_distribution", { retain_on_delete: true }],
    ["aws_s3_bucket", { bucket: "x" }],
    ["aws_s3_bucket", { force_destroy: true, object_lock_enabled: true }],
    ["aws_vpc", { lifecycle: { prevent_destroy: true } }],
  ];
  for (const [type, body] of NEWCOMERS) {
    it(`a new ${type} with ${JSON.stringify(body)} does not slip by`, () => {
      assert.notDeepEqual(obstacles(new Block("resource", type, "New", body)), []);
    });
  }
});
