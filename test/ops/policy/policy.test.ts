import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { synthesise } from "../../../local/synthesise.ts";
import { Configuration } from "../../../local/terraform-json/index.ts";
import { actionsOf, compact, deployerPolicy } from "../../../ops/policy/index.ts";
import { OPTIONS } from "../../../ops/rehearsal/settings.ts";

const policyFor = async (settings: Record<string, string>) =>
  deployerPolicy(new Configuration(await synthesise({ ENVIRONMENT_SUFFIX: "prod", ...settings })), {
    suffix: "prod",
    account: "123456789012",
    stateBucket: "states",
    lockTable: "locks",
  });

describe("the deployer's policy", () => {
  it("knows what each type of resource needs, with every option on", async () => {
    const policy = await policyFor(OPTIONS);
    assert.ok(actionsOf(policy).length > actionsOf(await policyFor({})).length);
  });

  it("allows actions by name alone, and roles, secrets, buckets and databases of this environment alone", async () => {
    for (const { Action, Resource } of (await policyFor(OPTIONS)).Statement) {
      for (const action of Action) assert.match(action, /^[a-z0-9-]+:[A-Z][A-Za-z0-9]+$/);
      if (
        !Action.some((action) =>
          /^(?:iam|secretsmanager|s3|rds):(?!Describe|GetRandom|CreateServiceLinked)/.test(action),
        )
      )
        continue;
      for (const resource of Resource)
        assert.match(
          resource,
          /-prod(?:-v\*|\/\*)?$|states|aurora-postgresql\*|global-cluster/,
          Action.join(),
        );
    }
  });

  it("hands roles to ECS tasks and flow logs alone", async () => {
    const statement = (await policyFor({})).Statement.find(({ Action }) => Action.includes("iam:PassRole"));
    assert.deepEqual(statement?.Resource, ["arn:aws:iam::123456789012:role/role-*-prod"]);
    assert.deepEqual(statement.Condition, {
      StringEqualsIfExists: {
        "iam:PassedToService": ["ecs-tasks.amazonaws.com", "vpc-flow-logs.amazonaws.com"],
      },
    });
  });

  it("fits into an inline policy of a role", async () => {
    const size = JSON.stringify(compact(await policyFor(OPTIONS))).length;
    assert.ok(size <= 10_240, `${size} characters`);
  });
});
