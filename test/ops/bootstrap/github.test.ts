import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { synthesise } from "../../../local/synthesise.ts";
import { Configuration } from "../../../local/terraform-json/index.ts";
import { makeGitHubRoles, PREVIEWS } from "../../../ops/bootstrap/github.ts";
import { allows } from "../../../ops/policy/evaluate.ts";
import { awsError, fakeAws } from "../support/fake-aws.ts";

describe("the role for GitHub", () => {
  let config: Configuration;
  before(async () => {
    config = new Configuration(await synthesise({ ENVIRONMENT_SUFFIX: "prod" }));
  });

  type Input = Record<string, unknown>;

  /** An account that remembers what was made: roles, policies and boundaries by their names. */
  function account() {
    const roles: Record<string, Input & { trust: string; policy?: string }> = {};
    const policies: Record<string, string> = {};
    let provider = false;
    const role = ({ RoleName }: Input) => {
      const found = roles[String(RoleName)];
      if (!found) throw awsError("NoSuchEntityException", 404);
      return found;
    };
    const aws = fakeAws({
      GetCallerIdentityCommand: () => ({ Account: "123456789012" }),
      ListOpenIDConnectProvidersCommand: () => ({
        OpenIDConnectProviderList: provider ? [{ Arn: "arn:x/token.actions.githubusercontent.com" }] : [],
      }),
      CreateOpenIDConnectProviderCommand: () => {
        provider = true;
      },
      GetPolicyCommand: ({ PolicyArn }: Input) => {
        if (!policies[String(PolicyArn)]) throw awsError("NoSuchEntityException", 404);
      },
      CreatePolicyCommand: ({ PolicyName, PolicyDocument }: Input) => {
        policies[`arn:aws:iam::123456789012:policy/${PolicyName}`] = String(PolicyDocument);
      },
      GetRoleCommand: (input: Input) => void role(input),
      CreateRoleCommand: (input: Input) => {
        roles[String(input.RoleName)] = { ...input, trust: String(input.AssumeRolePolicyDocument) };
      },
      UpdateAssumeRolePolicyCommand: (input: Input) => {
        role(input).trust = String(input.PolicyDocument);
      },
      PutRolePermissionsBoundaryCommand: (input: Input) => {
        role(input).PermissionsBoundary = input.PermissionsBoundary;
      },
      PutRolePolicyCommand: (input: Input) => {
        role(input).policy = String(input.PolicyDocument);
      },
    });
    return { roles, policies, aws };
  }
  const make = (aws: ReturnType<typeof fakeAws>, repository = "shop/catalogue", suffix = "prod") =>
    makeGitHubRoles({ aws, repository, suffix, config, stateBucket: "states", lockTable: "locks" });
  const trusted = (trust: string) =>
    JSON.parse(trust).Statement[0].Condition.StringLike["token.actions.githubusercontent.com:sub"];

  it("trusts the repository's environment of that name, and nobody else", async () => {
    const { roles, aws } = account();
    assert.deepEqual(await make(aws), {
      provider: "created",
      roles: [
        { environment: "prod", arn: "arn:aws:iam::123456789012:role/role-github-prod", made: "created" },
        {
          environment: "prod-plan",
          arn: "arn:aws:iam::123456789012:role/role-plan-prod",
          made: "created",
        },
      ],
    });
    const { trust, policy = "" } = roles["role-github-prod"]!;
    assert.equal(trusted(trust), "repo:shop/catalogue:environment:prod");
    assert.match(trust, /"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"/);
    assert.match(policy, /role\/role-task-prod/);
    assert.doesNotMatch(policy, /role-github|role\/role-\*/);
    assert.equal(trusted(roles["role-plan-prod"]!.trust), "repo:shop/catalogue:environment:prod-plan");
  });

  it("lets plans change nothing but the lock", async () => {
    const { roles, aws } = account();
    await make(aws);
    const actions = JSON.parse(roles["role-plan-prod"]!.policy!).Statement.flatMap(
      ({ Action }: { Action: string[] }) => Action,
    );
    const changes = actions.filter(
      (action: string) => !/:(?:Describe|Get|List|BatchGet|Simulate)/.test(action),
    );
    assert.deepEqual(changes.sort(), ["dynamodb:DeleteItem", "dynamodb:PutItem"]);
  });

  it("deploys the environments of pull requests, and no other, with the role for them", async () => {
    const { roles, aws } = account();
    await make(aws, "shop/catalogue", PREVIEWS);
    assert.deepEqual(Object.keys(roles), ["role-github-previews"]);
    const { trust, policy } = roles["role-github-previews"]!;
    assert.equal(trusted(trust), "repo:shop/catalogue:environment:pr-*");
    const may = (role: string) =>
      allows(JSON.parse(policy!), {
        action: "iam:DeleteRole",
        resources: [`arn:aws:iam::123456789012:role/${role}`],
      });
    assert.deepEqual(
      [may("role-task-pr-42"), may("role-task-prod"), may("role-github-previews")],
      [true, false, false],
    );
  });

  it("keeps its roles from making themselves others, whatever is attached to them", async () => {
    const { roles, policies, aws } = account();
    await make(aws);
    const boundary = roles["role-github-prod"]!.PermissionsBoundary as string;
    assert.equal(boundary, roles["role-plan-prod"]!.PermissionsBoundary);
    const document = JSON.parse(policies[boundary]!);
    document.Statement = document.Statement.map((statement: { Action: string; Resource: string }) => ({
      ...statement,
      Action: [statement.Action].flat(),
      Resource: [statement.Resource].flat(),
    }));
    const may = (action: string, resource = "*") => allows(document, { action, resources: [resource] });
    const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
    assert.equal(may("iam:PutRolePolicy", role("role-task-prod")), true);
    for (const name of ["role-github-prod", "role-task-dev", "admin"])
      assert.equal(may("iam:PutRolePolicy", role(name)), false, name);
    assert.equal(may("iam:CreateUser", "arn:aws:iam::123456789012:user/x"), false);
    assert.equal(may("organizations:LeaveOrganization"), false);
    // Whatever the deployer's policy allows stays within it.
    const { Statement } = JSON.parse(roles["role-github-prod"]!.policy!) as {
      Statement: { Action: string[]; Resource: string[] }[];
    };
    for (const { Action, Resource } of Statement)
      for (const action of Action)
        for (const resource of Resource) assert.ok(may(action, resource), `${action} on ${resource}`);
    assert.ok(JSON.stringify(document).length < 6144, "a managed policy's limit");
  });

  it("is brought up to date by a second run", async () => {
    const { roles, aws } = account();
    await make(aws);
    roles["role-github-prod"]!.PermissionsBoundary = undefined;
    const again = await make(aws, "shop/other");
    assert.deepEqual(
      [again.provider, ...again.roles.map(({ made }) => made)],
      ["present", "present", "present"],
    );
    assert.equal(trusted(roles["role-github-prod"]!.trust), "repo:shop/other:environment:prod");
    assert.ok(roles["role-github-prod"]!.PermissionsBoundary);
  });

  it("is not made for what is no repository", async () => {
    for (const name of ["shop", "shop/*", "a/b/c", ""])
      await assert.rejects(make(account().aws, name), /is no repository: write owner\/name/);
  });
});
