/** What lets the workflows of one GitHub repository deploy: no key is stored there, GitHub's own tokens are trusted. */
import {
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  GetPolicyCommand,
  GetRoleCommand,
  type IAMClient,
  ListOpenIDConnectProvidersCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { UserError } from "../../cli/user-error.ts";
import type { Configuration } from "../../local/terraform-json/index.ts";
import type { Aws } from "../aws.ts";
import { compact, deployerPolicy, planPolicy } from "../policy/deployer-policy.ts";

const ISSUER = "token.actions.githubusercontent.com";

/** Suffixes of the environments that pull requests have: IAM knows `*` where a suffix stands. */
export const PREVIEWS = "pr-*";

export interface GitHubOptions {
  readonly aws: Pick<Aws, "iam" | "sts">;
  /** `owner/name` */
  readonly repository: string;
  /** Of the environment, or {@link PREVIEWS}. */
  readonly suffix: string;
  readonly config: Configuration;
  readonly stateBucket: string | undefined;
  readonly lockTable: string | undefined;
}

export interface GitHubRole {
  /** The repository's environment whose jobs it trusts. */
  readonly environment: string;
  readonly arn: string;
  readonly made: "created" | "present";
}

export interface GitHubRoles {
  readonly provider: "created" | "present";
  readonly roles: readonly GitHubRole[];
}

/**
 * Makes the provider (one an account) and the roles of one environment: one that deploys, and one for its plans, which changes
 * nothing. For pull requests one that deploys any of their environments. Running it again brings all up to date.
 *
 * @throws UserError for a repository that cannot be
 */
export async function makeGitHubRoles(options: GitHubOptions): Promise<GitHubRoles> {
  const { aws, repository, suffix, config, stateBucket, lockTable } = options;
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository))
    throw new UserError(`'${repository}' is no repository: write owner/name.`);
  const { Account: account = "" } = await aws.sts.send(new GetCallerIdentityCommand({}));
  const provider = await ensureProvider(aws.iam);
  const policy = compact(deployerPolicy(config, { suffix, account, stateBucket, lockTable }));
  const name = suffix === PREVIEWS ? "previews" : suffix;
  const wanted = [
    { environment: suffix, RoleName: `role-github-${name}`, policy },
    // Not role-github-SUFFIX-plan: that deploys an environment called SUFFIX-plan.
    ...(suffix === PREVIEWS
      ? []
      : [{ environment: `${suffix}-plan`, RoleName: `role-plan-${name}`, policy: planPolicy(policy) }]),
  ];
  const boundary = await ensureBoundary(aws.iam, account, name, suffix);
  const roles: GitHubRole[] = [];
  for (const { environment, RoleName, policy: document } of wanted) {
    const made = await ensureRole(
      aws.iam,
      RoleName,
      JSON.stringify(trustPolicy(account, repository, environment)),
      boundary,
    );
    const PolicyDocument = JSON.stringify(document);
    await aws.iam.send(
      new PutRolePolicyCommand({ RoleName, PolicyName: `policy-deploy-${name}`, PolicyDocument }),
    );
    roles.push({ environment, arn: `arn:aws:iam::${account}:role/${RoleName}`, made });
  }
  return { provider, roles };
}

/** Only jobs of the repository's own environment of this name: whoever approves it decides who deploys. */
const trustPolicy = (account: string, repository: string, environment: string) => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${ISSUER}` },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: {
        // StringLike compares as StringEquals does where there is no `*`.
        StringLike: { [`${ISSUER}:sub`]: `repo:${repository}:environment:${environment}` },
        StringEquals: { [`${ISSUER}:aud`]: "sts.amazonaws.com" },
      },
    },
  ],
});

/**
 * The most that the roles can ever do, whatever somebody attaches to them: of IAM the stack's own roles alone, so that none
 * of them can make itself another, and nothing of services that the stack does not use.
 */
const boundaryPolicy = (account: string, suffix: string) => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Action: SERVICES.map((service) => `${service}:*`),
      Resource: "*",
    },
    {
      Effect: "Allow",
      Action: "iam:*",
      Resource: [
        ...["execution", "flow-logs", "task"].map(
          (role) => `arn:aws:iam::${account}:role/role-${role}-${suffix}`,
        ),
        `arn:aws:iam::${account}:role/aws-service-role/*`,
      ],
    },
    {
      Effect: "Allow",
      Action: ["iam:GetRole", "iam:ListRoles", "iam:SimulatePrincipalPolicy"],
      Resource: "*",
    },
  ],
});

/** By their prefixes in IAM. */
const SERVICES = [
  ...["acm", "application-autoscaling", "cloudfront", "cloudwatch", "dynamodb", "ec2", "ecr", "ecs"],
  ...[
    "elasticloadbalancing",
    "events",
    "logs",
    "rds",
    "s3",
    "secretsmanager",
    "servicequotas",
    "sns",
    "tag",
    "wafv2",
  ],
  "sts",
];

async function ensureBoundary(
  iam: IAMClient,
  account: string,
  name: string,
  suffix: string,
): Promise<string> {
  const PolicyName = `policy-boundary-${name}`;
  const arn = `arn:aws:iam::${account}:policy/${PolicyName}`;
  try {
    await iam.send(new GetPolicyCommand({ PolicyArn: arn }));
  } catch (error) {
    if (!/^NoSuchEntity/.test((error as Error).name)) throw error;
    const PolicyDocument = JSON.stringify(boundaryPolicy(account, suffix));
    await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument, Tags: tagsOf(PolicyName) }));
  }
  return arn;
}

const tagsOf = (name: string) => [
  { Key: "Name", Value: name },
  { Key: "Project", Value: "catalog-api" },
  { Key: "Environment", Value: "production" },
];

async function ensureProvider(iam: IAMClient): Promise<"created" | "present"> {
  const { OpenIDConnectProviderList = [] } = await iam.send(new ListOpenIDConnectProvidersCommand({}));
  if (OpenIDConnectProviderList.some(({ Arn = "" }) => Arn.endsWith(ISSUER))) return "present";
  await iam.send(
    new CreateOpenIDConnectProviderCommand({ Url: `https://${ISSUER}`, ClientIDList: ["sts.amazonaws.com"] }),
  );
  return "created";
}

async function ensureRole(
  iam: IAMClient,
  RoleName: string,
  trust: string,
  PermissionsBoundary: string,
): Promise<"created" | "present"> {
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
        PermissionsBoundary,
        Tags: tagsOf(RoleName),
      }),
    );
    return "created";
  }
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust }));
  await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }));
  return "present";
}
