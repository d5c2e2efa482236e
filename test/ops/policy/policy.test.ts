import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { glob, readFile } from "node:fs/promises";
import path from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { synthesise } from "../../../local/synthesise.ts";
import { Configuration } from "../../../local/terraform-json/index.ts";
import {
  actionsOf,
  compact,
  deployerPolicy,
  type PolicyDocument,
} from "../../../ops/policy/deployer-policy.ts";
import type { AskedActions } from "../../../ops/rehearsal/calls.ts";
import { CHANGES } from "../../../ops/rehearsal/changes/table.ts";
import { OPTIONS } from "../../../ops/rehearsal/settings.ts";
import { UNASKED } from "./unasked.ts";

/** What rehearsals asked of the policy, as `bin/catalog rehearse --calls` writes it. */
const ASKED = JSON.parse(readFileSync(path.join(import.meta.dirname, "asked.json"), "utf8")) as AskedActions;

/** Files and folders of ops/ that call AWS for the deployer. */
const COMMANDS = [
  ...["adopt", "deploy", "destroy.ts", "inventory", "leftovers", "preflight", "restore", "rollback.ts"],
  "status",
];

const policyFor = async (
  settings: Record<string, string>,
  suffix = "prod",
  state = { stateBucket: "states", lockTable: "locks" },
) =>
  deployerPolicy(new Configuration(await synthesise({ ...settings, ENVIRONMENT_SUFFIX: suffix })), {
    suffix,
    account: "123456789012",
    ...state,
  });

describe("the deployer's policy", () => {
  it("knows what each type of resource needs, with every option on", async () => {
    const policy = await policyFor(OPTIONS);
    assert.ok(actionsOf(policy).length > actionsOf(await policyFor({})).length);
  });

  it("allows actions by name alone", async () => {
    for (const { Action } of (await policyFor(OPTIONS)).Statement)
      for (const action of Action) assert.match(action, /^[a-z0-9-]+:[A-Z][A-Za-z0-9]+$/);
  });

  it("names all that bears a name, and neither the deployer's own role", async () => {
    const matches = matcherOf(await policyFor(OPTIONS));
    for (const settings of [{}, OPTIONS, { ...OPTIONS, DATABASE_ENGINE_VERSION: "17.5" }]) {
      const arns = (await arnsOf(settings)).map((arn) => arn("prod"));
      assert.ok(arns.length >= 18, `${arns.length} names`);
      assert.deepEqual(
        arns.filter((arn) => !matches(arn)),
        [],
      );
    }
    for (const role of ["role-github-prod", "role-github-eu-prod", "role-admin-prod", "admin"])
      assert.equal(matches(`arn:aws:iam::123456789012:role/${role}`), false, role);
  });

  it("names what restore and AWS itself make beside the stack", async () => {
    const matches = matcherOf(await policyFor(OPTIONS));
    for (const name of [
      "rds:eu-north-1:123456789012:cluster:restored-aurora-prod",
      "rds:eu-north-1:123456789012:db:restored-aurora-writer-prod",
      "rds:eu-north-1:123456789012:cluster-snapshot:rds:aurora-prod-2026-11-28-03-10",
      "rds:eu-north-1:123456789012:cluster-snapshot:snapshot-20261128t031005-prod",
      "ecs:eu-north-1:123456789012:task-definition/task-restore-prod:1",
    ])
      assert.ok(matches(`arn:aws:${name}`), name);
  });

  it("names nothing of another environment, whatever its suffix", async () => {
    const arns = await arnsOf(OPTIONS);
    // Words of the names themselves: the cluster of `writer-prod` is called as an instance of `prod` is.
    const words = [
      ...new Set(arns.flatMap((arn) => arn("prod").match(/[a-z]+/g) ?? [])),
      "restored",
      "final",
    ];
    const part = fc.stringMatching(/^[a-z0-9]{1,4}$/);
    const unlike = fc.stringMatching(/^[a-z0-9](?:-?[a-z0-9]){0,14}$/);
    const around = fc.oneof(
      fc.subarray(words, { minLength: 1, maxLength: 2 }).map((chosen) => `${chosen.join("-")}-prod`),
      part.map((text) => `${text}-prod`),
      part.map((text) => `prod-${text}`),
      part.map((text) => `prod${text}`),
      part.map((text) => `${text}prod`),
      fc.tuple(part, part).map(([before, after]) => `${before}-prod-${after}`),
    );
    const matches = matcherOf(await policyFor(OPTIONS));
    fc.assert(
      fc.property(fc.oneof(around, around, unlike), (suffix) => {
        // A secret's name ends with its version: that of `prod-v…` cannot be told from one.
        fc.pre(suffix !== "prod" && !suffix.startsWith("prod-v"));
        assert.deepEqual(arns.map((arn) => arn(suffix)).filter(matches), []);
      }),
      { numRuns: 500 },
    );
  });

  it("changes roles, secrets, buckets, databases, services, balancers and log groups by name alone", async () => {
    const changes =
      /^(?:ecs:(?!Deregister)|elasticloadbalancing:|logs:(?=\w+(?:LogGroup|Retention))|iam:|secretsmanager:|s3:|rds:)(?!Describe|List|GetRandom|GetRole$|Simulate|CreateServiceLinked)/;
    for (const { Action, Resource } of (await policyFor(OPTIONS)).Statement)
      if (Resource.includes("*"))
        assert.deepEqual(
          Action.filter((action) => changes.test(action)),
          [],
        );
  });

  it("allows what the commands themselves ask", async () => {
    const allowed = new Set(actionsOf(await policyFor({})));
    const asked = await callsOf(COMMANDS);
    assert.ok(asked.length > 50, `${asked.length} calls`);
    assert.deepEqual(
      asked.filter((action) => !allowed.has(action)),
      [],
    );
  });

  it("allows nothing that neither a rehearsal nor a command asks for, but for a reason", async () => {
    const asked = new Set([...Object.values(ASKED).flat(), ...(await callsOf(COMMANDS))]);
    const allowed = actionsOf(await policyFor(OPTIONS));
    const reasons = UNASKED.flatMap(({ actions }) => actions);
    assert.deepEqual(allowed.filter((action) => !asked.has(action)).sort(), [...reasons].sort());
    for (const { why, source } of UNASKED) {
      const [, name] = /^the row '(.+)' of the change matrix$/.exec(why) ?? [];
      if (name)
        assert.ok(
          CHANGES.some((change) => change.name === name),
          name,
        );
      else for (const page of source.split(" ")) assert.ok(URL.canParse(page), page);
    }
  });

  it("allows all that a rehearsal has asked for", async () => {
    const allowed = new Set(actionsOf(await policyFor(OPTIONS)));
    const asked = Object.values(ASKED).flat();
    assert.ok(asked.length > 200, `${asked.length} actions`);
    assert.deepEqual(
      asked.filter((action) => !allowed.has(action)),
      [],
    );
  });

  it("hands roles to ECS tasks and flow logs alone", async () => {
    const statement = (await policyFor({})).Statement.find(({ Action }) => Action.includes("iam:PassRole"));
    assert.deepEqual(
      statement?.Resource,
      ["execution", "flow-logs", "task"].map((name) => `arn:aws:iam::123456789012:role/role-${name}-prod`),
    );
    assert.deepEqual(statement.Condition, {
      StringEqualsIfExists: {
        "iam:PassedToService": ["ecs-tasks.amazonaws.com", "vpc-flow-logs.amazonaws.com"],
      },
    });
  });

  it("fits into an inline policy of a role, with the longest names", async () => {
    const longest = { stateBucket: "b".repeat(63), lockTable: "t".repeat(255) };
    const size = JSON.stringify(compact(await policyFor(OPTIONS, "abcdefghijklmnop", longest))).length;
    assert.ok(size <= 10_240, `${size} characters`);
  });
});

/** For each type that the policy names: the argument with its name, and its ARN without it. */
const NAMED: Record<string, [argument: string, prefix: string, suffix?: string]> = {
  aws_iam_role: ["name", "iam::123456789012:role/"],
  aws_secretsmanager_secret: ["name", "secretsmanager:eu-north-1:123456789012:secret:"],
  aws_sns_topic: ["name", "sns:eu-north-1:123456789012:"],
  aws_cloudwatch_event_rule: ["name", "events:eu-north-1:123456789012:rule/"],
  aws_s3_bucket: ["bucket", "s3:::"],
  aws_rds_cluster: ["cluster_identifier", "rds:eu-north-1:123456789012:cluster:"],
  aws_rds_cluster_instance: ["identifier", "rds:eu-north-1:123456789012:db:"],
  aws_rds_cluster_parameter_group: ["name", "rds:eu-north-1:123456789012:cluster-pg:"],
  aws_db_subnet_group: ["name", "rds:eu-north-1:123456789012:subgrp:"],
  aws_ecs_cluster: ["name", "ecs:eu-north-1:123456789012:cluster/"],
  aws_lb: ["name", "elasticloadbalancing:eu-north-1:123456789012:loadbalancer/app/", "/0123456789abcdef"],
  aws_lb_target_group: [
    "name",
    "elasticloadbalancing:eu-north-1:123456789012:targetgroup/",
    "/0123456789abcdef",
  ],
  aws_cloudwatch_log_group: ["name", "logs:eu-north-1:123456789012:log-group:", ":*"],
};

/** For each name of the stack its ARN, by the suffix of an environment. */
async function arnsOf(settings: Record<string, string>): Promise<((suffix: string) => string)[]> {
  const placeholder = "placeholder";
  const config = new Configuration(await synthesise({ ...settings, ENVIRONMENT_SUFFIX: placeholder }));
  return Object.entries(NAMED).flatMap(([type, [argument, prefix, rest = ""]]) =>
    config.of(type).map((block) => {
      const name = String(block.get(argument)).replace(/\$\{.*\}/, "123456789012");
      const region = name.startsWith("topic-edge") ? "us-east-1" : "eu-north-1";
      // As AWS adds them to a secret's name.
      const own = type === "aws_secretsmanager_secret" ? "-AbCdEf" : "";
      const arn = `arn:aws:${prefix}${name}${own}${rest}`.replace("eu-north-1", region);
      return (suffix) => arn.replaceAll(placeholder, suffix);
    }),
  );
}

/** Whether a policy names a resource, otherwise than by `*`. */
function matcherOf({ Statement }: PolicyDocument): (arn: string) => boolean {
  const patterns = Statement.flatMap(({ Resource }) => Resource).filter((pattern) => pattern !== "*");
  const expressions = [...new Set(patterns)].map(
    (pattern) =>
      new RegExp(
        `^${[...pattern].map((letter) => ({ "*": ".*", "?": "." })[letter] ?? RegExp.escape(letter)).join("")}$`,
      ),
  );
  return (arn) => expressions.some((expression) => expression.test(arn));
}

const PREFIXES: Record<string, string> = {
  "application-auto-scaling": "application-autoscaling",
  "cloudwatch-logs": "logs",
  "elastic-load-balancing-v2": "elasticloadbalancing",
  eventbridge: "events",
  "resource-groups-tagging-api": "tag",
  "secrets-manager": "secretsmanager",
  "service-quotas": "servicequotas",
};

/** Where a call is allowed by an action of another name; of S3, reading an object's head is reading it. */
const ALLOWED_BY: Record<string, string> = {
  "s3:ListBuckets": "s3:ListAllMyBuckets",
  "s3:HeadBucket": "s3:ListBucket",
  "s3:HeadObject": "s3:GetObject",
  "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
  "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
};

/** The actions of all calls that these files and folders of ops/ import from AWS's clients. */
async function callsOf(names: readonly string[]): Promise<string[]> {
  const ops = path.resolve(import.meta.dirname, "../../../ops");
  const actions = new Set<string>();
  for await (const file of glob(
    names.map((name) => (name.endsWith(".ts") ? name : `${name}/*.ts`)),
    { cwd: ops },
  )) {
    const text = await readFile(path.join(ops, file), "utf8");
    for (const [, imported = "", client = ""] of text.matchAll(
      /import \{([^}]+)\} from "@aws-sdk\/client-([^"]+)"/g,
    ))
      for (const [, command, paginated] of imported.matchAll(/\b(?:([A-Z]\w+)Command\b|paginate(\w+))/g)) {
        const action = `${PREFIXES[client] ?? client}:${command ?? paginated}`;
        actions.add(ALLOWED_BY[action] ?? action);
      }
  }
  return [...actions].sort();
}
