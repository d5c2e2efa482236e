import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { synthesise } from "../../local/synthesise.ts";
import { Configuration } from "../../local/terraform-json/index.ts";
import { makeGitHubRole } from "../../ops/github.ts";
import { awsError, fakeAws } from "./support/fake-aws.ts";

describe("the role for GitHub", () => {
  let config: Configuration;
  before(async () => {
    config = new Configuration(await synthesise({ ENVIRONMENT_SUFFIX: "prod" }));
  });

  /** An account that remembers what was made. */
  function account() {
    const made: Record<string, Record<string, unknown>> = {};
    const keep = (what: string) => (input: Record<string, unknown>) => {
      made[what] = input;
    };
    const aws = fakeAws({
      GetCallerIdentityCommand: () => ({ Account: "123456789012" }),
      ListOpenIDConnectProvidersCommand: () => ({
        OpenIDConnectProviderList: made.provider
          ? [{ Arn: "arn:x/token.actions.githubusercontent.com" }]
          : [],
      }),
      CreateOpenIDConnectProviderCommand: keep("provider"),
      GetRoleCommand: () => {
        if (!made.role) throw awsError("NoSuchEntityException", 404);
        return {};
      },
      CreateRoleCommand: keep("role"),
      UpdateAssumeRolePolicyCommand: keep("trust"),
      PutRolePolicyCommand: keep("policy"),
    });
    return { made, aws };
  }
  const make = (aws: ReturnType<typeof fakeAws>, repository = "shop/catalogue") =>
    makeGitHubRole({ aws, repository, suffix: "prod", config, stateBucket: "states", lockTable: "locks" });

  it("trusts the repository's environment of that name, and nobody else", async () => {
    const { made, aws } = account();
    assert.deepEqual(await make(aws), {
      arn: "arn:aws:iam::123456789012:role/role-github-prod",
      provider: "created",
      role: "created",
    });
    const { Statement } = JSON.parse(String(made.role!.AssumeRolePolicyDocument));
    assert.deepEqual(Statement[0].Condition, {
      StringEquals: {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": "repo:shop/catalogue:environment:prod",
      },
    });
    assert.match(String(made.policy!.PolicyDocument), /role\/role-task-prod/);
    assert.doesNotMatch(String(made.policy!.PolicyDocument), /role-github|role\/role-\*/);
  });

  it("is brought up to date by a second run", async () => {
    const { made, aws } = account();
    await make(aws);
    const again = await make(aws, "shop/other");
    assert.deepEqual([again.provider, again.role], ["present", "present"]);
    assert.match(String(made.trust!.PolicyDocument), /repo:shop\/other:environment:prod/);
  });

  it("is not made for what is no repository", async () => {
    for (const name of ["shop", "shop/*", "a/b/c", ""])
      await assert.rejects(make(account().aws, name), /is no repository: write owner\/name/);
  });
});
