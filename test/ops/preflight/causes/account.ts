/** Who deploys, the state, what an earlier run left, and who is told. */
import { awsError } from "../../support/fake-aws.ts";
import { type Cause, fails, subscription } from "./clean.ts";

/** Of a name that no DNS knows. */
const unreachable = (hostname: string) => () => {
  throw Object.assign(awsError("Error"), { code: "ENOTFOUND", hostname });
};

/** What a bucket answers for a state with these resources. */
const state = (resources: readonly object[]) => ({
  Body: { transformToString: async () => JSON.stringify({ resources }) },
});

export const ACCOUNT: Record<string, Cause> = {
  "no credentials": {
    answers: { GetCallerIdentityCommand: fails("CredentialsProviderError") },
    result: "fail",
    says: /credentials There are no AWS credentials/,
    mend: /AWS_PROFILE|sso login/,
  },
  "credentials that have expired": {
    answers: { GetCallerIdentityCommand: fails("ExpiredTokenException") },
    result: "fail",
    says: /ExpiredToken/,
    mend: /sso login/,
  },
  "no network": {
    answers: { GetCallerIdentityCommand: unreachable("sts.eu-north-1.amazonaws.com") },
    result: "fail",
    says: /credentials AWS does not answer at sts\.eu-north-1\.amazonaws\.com \(ENOTFOUND\)/,
    mend: /reaches AWS; behind a proxy set HTTPS_PROXY/,
  },
  "a state in a region that there is not": {
    answers: { HeadBucketCommand: unreachable("states.s3.eu-nort-1.amazonaws.com") },
    result: "fail",
    says: /state bucket AWS does not answer at states\.s3\.eu-nort-1\.amazonaws\.com/,
    mend: /STATE_REGION/,
  },
  "a deployer who may not do all": {
    answers: {
      SimulatePrincipalPolicyCommand: ({ ActionNames }) => ({
        EvaluationResults: (ActionNames as string[]).map((EvalActionName) => ({
          EvalActionName,
          EvalDecision: EvalActionName === "iam:PassRole" ? "implicitDeny" : "allowed",
        })),
      }),
    },
    result: "fail",
    says: /1 actions are denied: iam:PassRole/,
    mend: /role\/deploy what bin\/catalog policy prints/,
  },
  "a deployer who may do it to the first of the resources alone": {
    answers: {
      SimulatePrincipalPolicyCommand: ({ ActionNames, ResourceArns }) => ({
        EvaluationResults: (ActionNames as string[]).map((EvalActionName) => ({
          EvalActionName,
          EvalDecision: "allowed",
          ResourceSpecificResults: (ResourceArns as string[]).map((EvalResourceName, index) => ({
            EvalResourceName,
            EvalResourceDecision:
              EvalActionName === "rds:CreateDBInstance" && index > 0 ? "implicitDeny" : "allowed",
          })),
        })),
      }),
    },
    result: "fail",
    says: /1 actions are denied: rds:CreateDBInstance/,
    mend: /role\/deploy what bin\/catalog policy prints/,
  },
  "a deployer whose role has a path": {
    answers: {
      GetRoleCommand: () => ({ Role: { Arn: "arn:aws:iam::123456789012:role/teams/shop/deploy" } }),
      SimulatePrincipalPolicyCommand: ({ ActionNames, PolicySourceArn }) => ({
        EvaluationResults: (ActionNames as string[]).map((EvalActionName) => ({
          EvalActionName,
          EvalDecision:
            String(PolicySourceArn).endsWith("/teams/shop/deploy") && EvalActionName !== "ec2:CreateVpc"
              ? "allowed"
              : "implicitDeny",
        })),
      }),
    },
    result: "fail",
    says: /1 actions are denied: ec2:CreateVpc/,
    mend: /role\/teams\/shop\/deploy what/,
  },
  "no state bucket": {
    answers: { HeadBucketCommand: fails("NotFound", 404) },
    result: "fail",
    says: /states is not there/,
    mend: /bootstrap --settings production\.env/,
  },
  "somebody else's state bucket": {
    answers: { HeadBucketCommand: fails("Forbidden", 403) },
    result: "fail",
    says: /another account's/,
    mend: /another STATE_BUCKET/,
  },
  "a state bucket without versions": {
    answers: { GetBucketVersioningCommand: () => ({}) },
    result: "fail",
    says: /lacks versions/,
    mend: /bootstrap/,
  },
  "a state bucket in clear": {
    answers: { GetBucketEncryptionCommand: fails("ServerSideEncryptionConfigurationNotFoundError") },
    result: "fail",
    says: /lacks encryption/,
    mend: /bootstrap/,
  },
  "a state bucket that may be public": {
    answers: { GetPublicAccessBlockCommand: fails("NoSuchPublicAccessBlockConfiguration") },
    result: "fail",
    says: /lacks a public access block/,
    mend: /bootstrap/,
  },
  "a state on this machine": {
    settings: { STATE_BUCKET: undefined, STATE_LOCK_TABLE: undefined },
    answers: {},
    result: "warn",
    says: /file on this machine/,
    mend: /STATE_BUCKET/,
  },
  "no lock table": {
    answers: { DescribeTableCommand: fails("ResourceNotFoundException") },
    result: "fail",
    says: /locks is not there/,
    mend: /bootstrap/,
  },
  "a lock table of another key": {
    answers: { DescribeTableCommand: () => ({ Table: { KeySchema: [{ AttributeName: "id" }] } }) },
    result: "fail",
    says: /has the key 'id'/,
    mend: /another STATE_LOCK_TABLE/,
  },
  "a lock table with the checksum of a state that is gone": {
    answers: {
      GetItemCommand: ({ Key }) =>
        JSON.stringify(Key) === '{"LockID":{"S":"states/catalog-api/prod/terraform.tfstate-md5"}}'
          ? { Item: { Digest: { S: "5c0dda921f56ed8dacd668af7b690458" } } }
          : {},
      HeadObjectCommand: fails("NotFound", 404),
    },
    result: "fail",
    says: /states has no state of 'prod' any more and locks has its checksum/,
    mend: /version before back.*aws dynamodb delete-item --region eu-north-1 --table-name locks --key '\{"LockID": \{"S": "states\/catalog-api\/prod\/terraform\.tfstate-md5"\}\}'/,
  },
  "an environment without its state": {
    answers: {
      HeadObjectCommand: fails("NotFound", 404),
      DescribeVpcsCommand: () => ({ Vpcs: [{ VpcId: "vpc-1", Tags: [{ Key: "Name", Value: "vpc-prod" }] }] }),
    },
    result: "warn",
    says: /1 items of 'prod' exist, and no state/,
    mend: /the plan takes it over; bin\/catalog destroy --settings production\.env/,
  },
  "an environment whose state is in another bucket": {
    answers: {
      HeadObjectCommand: fails("NotFound", 404),
      GetObjectCommand: ({ Bucket }) => state(Bucket === "old-states" ? [{}] : []),
      DescribeVpcsCommand: () => ({ Vpcs: [{ VpcId: "vpc-1", Tags: [{ Key: "Name", Value: "vpc-prod" }] }] }),
      GetResourcesCommand: ({ ResourceTypeFilters }) => ({
        ResourceTagMappingList: ResourceTypeFilters
          ? [
              {
                ResourceARN: "arn:aws:s3:::bucket-logs-1-prod",
                Tags: [{ Key: "Name", Value: "bucket-logs-1-prod" }],
              },
              { ResourceARN: "arn:aws:s3:::states" },
              { ResourceARN: "arn:aws:s3:::emptied-states" },
              { ResourceARN: "arn:aws:s3:::old-states" },
            ]
          : [],
      }),
    },
    result: "fail",
    says: /its state is in old-states/,
    mend: /set STATE_BUCKET=old-states/,
  },
  "an environment whose state was in a bucket, where the settings name none": {
    settings: { STATE_BUCKET: undefined, STATE_LOCK_TABLE: undefined },
    answers: {
      DescribeVpcsCommand: () => ({ Vpcs: [{ VpcId: "vpc-1", Tags: [{ Key: "Name", Value: "vpc-prod" }] }] }),
      GetResourcesCommand: ({ ResourceTypeFilters }) => ({
        ResourceTagMappingList: ResourceTypeFilters ? [{ ResourceARN: "arn:aws:s3:::states" }] : [],
      }),
      GetObjectCommand: () => state([{}]),
    },
    result: "fail",
    says: /its state is in states/,
    mend: /set STATE_BUCKET=states/,
  },
  "nobody who is told of alarms": {
    settings: { ALARM_EMAIL: undefined },
    result: "warn",
    says: /nobody is told/,
    mend: /ALARM_EMAIL/,
  },
  "an alarm mail that nobody confirmed": {
    answers: { "edge ListSubscriptionsByTopicCommand": subscription("PendingConfirmation") },
    result: "warn",
    says: /has not confirmed/,
    mend: /follow the link/,
  },
  "a call that is not allowed": {
    answers: { DescribeTableCommand: fails("AccessDeniedException") },
    result: "warn",
    says: /lock table could not be asked: AccessDenied/,
    mend: /whoever deploys may ask/,
  },
};
