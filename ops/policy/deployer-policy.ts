/** The policy of whoever deploys: what one stack needs, and where a whole name can stand in it, nothing of other environments. */
import { HOME_REGION } from "../../local/regions.ts";
import type { Configuration } from "../../local/terraform-json/index.ts";
import { stateKeyOf } from "../bootstrap/state-backend.ts";
import { ALWAYS, BY_TYPE } from "./actions/index.ts";
import type { Needs } from "./actions/needs.ts";

export interface PolicyOptions {
  readonly suffix: string;
  /** @default `*` */
  readonly account?: string;
  readonly region?: string;
  /** Bucket and table of the state, when there are any. */
  readonly stateBucket?: string | undefined;
  readonly lockTable?: string | undefined;
}

interface Statement {
  /** Left out where every character counts. */
  readonly Sid?: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: object;
}

export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

/** @throws Error for a type of resource that nobody has said the needs of */
export function deployerPolicy(config: Configuration, options: PolicyOptions): PolicyDocument {
  const { account = "*", region = HOME_REGION, suffix, stateBucket, lockTable } = options;
  const types = [...new Set(config.resources.map(({ type }) => type))].sort();
  const needs = types.flatMap((type) => {
    const found = BY_TYPE[type];
    if (!found) throw new Error(`ops/policy/actions does not say what ${type} needs: add it.`);
    return found;
  });
  const fill = (resource: string) =>
    resource
      .replaceAll("ACCOUNT", account)
      .replaceAll("NUMBER", account === "*" ? "?".repeat(12) : account)
      .replaceAll("REGION", region)
      .replaceAll("SUFFIX", suffix);
  return {
    Version: "2012-10-17",
    Statement: [...grouped([...ALWAYS, ...needs]), ...state(stateBucket, lockTable, suffix)].map(
      (statement, index) => ({
        ...statement,
        Sid: `Deploy${index + 1}`,
        Resource: statement.Resource.map(fill),
        // A role may be handed to these services only.
        ...(statement.Action.includes("iam:PassRole") && {
          Condition: {
            StringEqualsIfExists: {
              "iam:PassedToService": ["ecs-tasks.amazonaws.com", "vpc-flow-logs.amazonaws.com"],
            },
          },
        }),
      }),
    ),
  };
}

/**
 * The same in fewer characters, of which a role's inline policy takes 10,240: without names of statements; on `*`, what merely
 * describes is one action a service, and of application-autoscaling, of which the policy has every action of each verb, one a verb;
 * on what bears the environment's name, what changes it is one a verb.
 */
export const compact = (policy: PolicyDocument): PolicyDocument => ({
  ...policy,
  Statement: policy.Statement.map(({ Sid: _, ...statement }) => ({
    ...statement,
    Action: [...new Set(statement.Action.map(statement.Resource.includes("*") ? shortened : byVerb))],
  })),
});

const shortened = (action: string): string =>
  action
    .replace(/:Describe\w+$/, ":Describe*")
    .replace(/^(application-autoscaling:[A-Z][a-z]+)\w*$/, "$1*")
    .replace(/^(ecs|cloudfront):List\w+$/, "$1:List*")
    .replace(/^(ecs|elasticloadbalancing|cloudfront):Get\w+$/, "$1:Get*");

/** On what bears the environment's name; where a verb more would be a right more, actions stay whole. */
const byVerb = (action: string): string =>
  action
    .replace(/^s3:GetBucket\w+$/, "s3:GetBucket*")
    .replace(/^((?:ecs|elasticloadbalancing|events|logs|rds|sns):[A-Z][a-z]+)\w*$/, "$1*");

/**
 * What a plan needs of it: looking, and the state's lock. The value of a secret is looked at too, since the provider opens
 * ephemeral resources while it plans: who may run code with it can read them.
 */
export const planPolicy = (policy: PolicyDocument): PolicyDocument => ({
  ...policy,
  Statement: policy.Statement.map((statement) => ({
    ...statement,
    Action: statement.Action.filter((action) =>
      /^(?:dynamodb|tag):|:(?:Describe|Get|List|BatchGet|Simulate)/.test(action),
    ),
  })).filter(({ Action }) => Action.length > 0),
});

/** Every action of the policy, once. */
export const actionsOf = ({ Statement }: PolicyDocument): string[] =>
  [...new Set(Statement.flatMap(({ Action }) => Action))].sort();

type Draft = Omit<Statement, "Sid">;

/** One statement for each set of resources. */
function grouped(needs: readonly Needs[]): Draft[] {
  const byResources = new Map<string, Set<string>>();
  for (const { actions, resources } of needs) {
    const key = JSON.stringify(resources);
    byResources.set(key, new Set([...(byResources.get(key) ?? []), ...actions]));
  }
  return [...byResources].map(([key, actions]) => ({
    Effect: "Allow",
    Action: [...actions].sort(),
    Resource: JSON.parse(key) as string[],
  }));
}

function state(bucket: string | undefined, table: string | undefined, suffix: string): Draft[] {
  const statements: Draft[] = [];
  if (bucket) {
    const key = `arn:aws:s3:::${bucket}/${stateKeyOf(suffix)}`;
    statements.push({
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:PutObject"],
      Resource: [key],
    });
    statements.push({
      Effect: "Allow",
      Action: [
        "s3:ListBucket",
        "s3:GetBucketVersioning",
        "s3:GetEncryptionConfiguration",
        "s3:GetBucketPublicAccessBlock",
      ],
      Resource: [`arn:aws:s3:::${bucket}`],
    });
  }
  if (table) {
    const Action = ["dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"];
    statements.push({ Effect: "Allow", Action, Resource: [`arn:aws:dynamodb:*:ACCOUNT:table/${table}`] });
  }
  return statements;
}
