/** What lets the workflows of one GitHub repository deploy: no key is stored there, GitHub's own tokens are trusted. */
import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  GetRoleCommand,
  type IAMClient,
  ListOpenIDConnectProvidersCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { UserError } from "../cli/user-error.ts";
import type { Configuration } from "../local/terraform-json/index.ts";
import type { Aws } from "./aws.ts";
import { compact, deployerPolicy } from "./policy/index.ts";

const ISSUER = "token.actions.githubusercontent.com";

export interface GitHubOptions {
  readonly aws: Pick<Aws, "iam" | "sts">;
  /** `owner/name` */
  readonly repository: string;
  readonly suffix: string;
  readonly config: Configuration;
  readonly stateBucket: string | undefined;
  readonly lockTable: string | undefined;
}

export interface GitHubRole {
  readonly arn: string;
  readonly provider: "created" | "present";
  readonly role: "created" | "present";
}

/**
 * Makes the provider (one an account) and the role of one environment; running it again brings both up to date.
 *
 * @throws UserError for a repository that cannot be
 */
export async function makeGitHubRole(options: GitHubOptions): Promise<GitHubRole> {
  const { aws, repository, suffix, config, stateBucket, lockTable } = options;
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository))
    throw new UserError(`'${repository}' is no repository: write owner/name.`);
  const { Account: account = "" } = await aws.sts.send(new GetCallerIdentityCommand({}));
  const provider = await ensureProvider(aws.iam);
  const RoleName = `role-github-${suffix}`;
  const trust = JSON.stringify(trustPolicy(account, repository, suffix));
  const role = await ensureRole(aws.iam, RoleName, trust);
  const policy = compact(deployerPolicy(config, { suffix, account, stateBucket, lockTable }));
  await aws.iam.send(
    new PutRolePolicyCommand({
      RoleName,
      PolicyName: `policy-deploy-${suffix}`,
      PolicyDocument: JSON.stringify(policy),
    }),
  );
  return { arn: `arn:aws:iam::${account}:role/${RoleName}`, provider, role };
}

/** Only jobs of the repository's own environment of this name: whoever approves it decides who deploys. */
const trustPolicy = (account: string, repository: string, suffix: string) => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${ISSUER}` },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: {
        StringEquals: {
          [`${ISSUER}:aud`]: "sts.amazonaws.com",
          [`${ISSUER}:sub`]: `repo:${repository}:environment:${suffix}`,
        },
      },
    },
  ],
});

async function ensureProvider(iam: IAMClient): Promise<"created" | "present"> {
  const { OpenIDConnectProviderList = [] } = await iam.send(new ListOpenIDConnectProvidersCommand({}));
  if (OpenIDConnectProviderList.some(({ Arn = "" }) => Arn.endsWith(ISSUER))) return "present";
  await iam.send(
    new CreateOpenIDConnectProviderCommand({ Url: `https://${ISSUER}`, ClientIDList: ["sts.amazonaws.com"] }),
  );
  return "created";
}

async function ensureRole(iam: IAMClient, RoleName: string, trust: string): Promise<"created" | "present"> {
  try {
    await iam.send(new GetRoleCommand({ RoleName }));
  } catch (error) {
    if (!/^NoSuchEntity/.test((error as Error).name)) throw error;
    await iam.send(
      new CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: trust,
        Description: "Deploys the catalogue from GitHub Actions",
        MaxSessionDuration: 7200, // a first deployment and its destroy fit into two hours
        Tags: [
          { Key: "Name", Value: RoleName },
          { Key: "Project", Value: "catalog-api" },
          { Key: "Environment", Value: "production" },
        ],
      }),
    );
    return "created";
  }
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust }));
  return "present";
}
