/** What AWS answers in a clean account, and for each cause that stands against a deployment. */
import { type Answers, awsError } from "../support/fake-aws.ts";

export const NOW = Date.parse("2026-11-28T12:00:00Z");
const IMAGE = "123456789012.dkr.ecr.eu-north-1.amazonaws.com/catalog-api:1";
const ORIGIN = "arn:aws:acm:eu-north-1:123456789012:certificate/11111111-2222-3333-4444-555555555555";
const EDGE = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555";
export const BALANCER = "alb-prod-1.eu-north-1.elb.amazonaws.com";

export const SETTINGS: Record<string, string> = {
  ENVIRONMENT_SUFFIX: "prod",
  CONTAINER_IMAGE: IMAGE,
  STATE_BUCKET: "states",
  STATE_LOCK_TABLE: "locks",
  DOMAIN_NAME: "shop.example",
  CERTIFICATE_ARN: EDGE,
  ORIGIN_DOMAIN_NAME: "origin.shop.example",
  ORIGIN_CERTIFICATE_ARN: ORIGIN,
  ALARM_EMAIL: "oncall@shop.example",
  ON_DEMAND_BASE_TASKS: "2",
};

export const fails = (name: string, status?: number) => () => {
  throw awsError(name, status);
};
const certificate =
  (more: object = {}) =>
  () => ({
    Certificate: {
      Status: "ISSUED",
      DomainName: "shop.example",
      SubjectAlternativeNames: ["*.shop.example"],
      NotAfter: new Date("2027-06-01"),
      ...more,
    },
  });
/** The origin's is as told, the edge's is well. */
const ofOrigin =
  (more: object) =>
  ({ CertificateArn }: Record<string, unknown>) =>
    certificate(CertificateArn === ORIGIN ? more : {})();
const subscription = (SubscriptionArn: string) => () => ({
  Subscriptions: [{ Endpoint: "oncall@shop.example", SubscriptionArn }],
});
const manifest =
  (...architectures: string[]) =>
  () => ({
    images: [
      {
        imageManifest: JSON.stringify({
          manifests: architectures.map((architecture) => ({ platform: { os: "linux", architecture } })),
        }),
      },
    ],
  });

/** A clean account in which an environment stands. */
export const CLEAN: Answers = {
  GetCallerIdentityCommand: () => ({
    Account: "123456789012",
    Arn: "arn:aws:sts::123456789012:assumed-role/deploy/ada",
  }),
  SimulatePrincipalPolicyCommand: ({ ActionNames }) => ({
    EvaluationResults: (ActionNames as string[]).map((EvalActionName) => ({
      EvalActionName,
      EvalDecision: "allowed",
    })),
  }),
  GetBucketVersioningCommand: () => ({ Status: "Enabled" }),
  GetBucketEncryptionCommand: () => ({ ServerSideEncryptionConfiguration: { Rules: [{}] } }),
  GetPublicAccessBlockCommand: () => ({
    PublicAccessBlockConfiguration: {
      ...{ BlockPublicAcls: true, BlockPublicPolicy: true },
      ...{ IgnorePublicAcls: true, RestrictPublicBuckets: true },
    },
  }),
  DescribeTableCommand: () => ({ Table: { KeySchema: [{ AttributeName: "LockID" }] } }),
  BatchGetImageCommand: manifest("amd64"),
  GetServiceQuotaCommand: () => ({ Quota: { Value: 100 } }),
  DescribeDBEngineVersionsCommand: () => ({
    DBEngineVersions: [{ EngineVersion: "16.8" }, { EngineVersion: "16.13" }, { EngineVersion: "17.5" }],
  }),
  DescribeOrderableDBInstanceOptionsCommand: () => ({
    OrderableDBInstanceOptions: [{ AvailabilityZones: [{ Name: "eu-north-1a" }, { Name: "eu-north-1b" }] }],
  }),
  DescribeSecretCommand: fails("ResourceNotFoundException"),
  DescribeCertificateCommand: certificate(),
  DescribeLoadBalancersCommand: () => ({ LoadBalancers: [{ DNSName: BALANCER }] }),
  ListSubscriptionsByTopicCommand: subscription("arn:aws:sns:eu-north-1:123456789012:topic-alarms-prod:1"),
};

interface Cause {
  readonly settings?: Record<string, string | undefined>;
  readonly answers?: Answers;
  readonly addresses?: Record<string, string[]>;
  readonly result: "warn" | "fail";
  readonly says: RegExp;
  readonly mend: RegExp;
}

export const CAUSES: Record<string, Cause> = {
  "no credentials": {
    answers: { GetCallerIdentityCommand: fails("CredentialsProviderError") },
    result: "fail",
    says: /credentials none were found/,
    mend: /AWS_PROFILE|sso login/,
  },
  "credentials that have expired": {
    answers: { GetCallerIdentityCommand: fails("ExpiredTokenException") },
    result: "fail",
    says: /ExpiredToken/,
    mend: /sso login/,
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
  "a state that nothing locks": {
    settings: { STATE_LOCK_TABLE: undefined },
    result: "warn",
    says: /lose each other's changes/,
    mend: /STATE_LOCK_TABLE/,
  },
  "no image set": {
    settings: { CONTAINER_IMAGE: undefined },
    result: "fail",
    says: /CONTAINER_IMAGE is not set/,
    mend: /bin\/catalog image --settings production\.env --write/,
  },
  "no repository": {
    answers: { DescribeImagesCommand: fails("RepositoryNotFoundException") },
    result: "fail",
    says: /the repository catalog-api is not there/,
    mend: /bin\/catalog image --settings production\.env --write/,
  },
  "no such tag": {
    answers: { DescribeImagesCommand: fails("ImageNotFoundException") },
    result: "fail",
    says: /catalog-api:1 is not there/,
    mend: /bin\/catalog image --settings production\.env --write/,
  },
  "an image for another processor": {
    answers: { BatchGetImageCommand: manifest("arm64") },
    result: "fail",
    says: /it is for arm64, and CPU_ARCHITECTURE is X86_64/,
    mend: /CPU_ARCHITECTURE/,
  },
  "an image that cannot be looked for": {
    settings: { CONTAINER_IMAGE: "ghcr.io/shop/catalog:1" },
    result: "warn",
    says: /not in ECR/,
    mend: /without credentials/,
  },
  "no Aurora version": {
    answers: {
      DescribeDBEngineVersionsCommand: () => ({
        DBEngineVersions: [{ EngineVersion: "15.3" }, { EngineVersion: "17.9" }],
      }),
    },
    result: "fail",
    says: /is offered in the region/,
    mend: /add one of 17\.9/,
  },
  "a class that cannot be ordered": {
    answers: { DescribeOrderableDBInstanceOptionsCommand: () => ({ OrderableDBInstanceOptions: [] }) },
    result: "fail",
    says: /cannot be ordered for 16/,
    mend: /DATABASE_INSTANCE_CLASS/,
  },
  "a class in one zone alone": {
    answers: {
      DescribeOrderableDBInstanceOptionsCommand: () => ({
        OrderableDBInstanceOptions: [{ AvailabilityZones: [{ Name: "eu-north-1a" }] }],
      }),
    },
    result: "fail",
    says: /in eu-north-1a alone/,
    mend: /DATABASE_INSTANCE_CLASS/,
  },
  "a snapshot that is not there": {
    settings: { DATABASE_SNAPSHOT: "snapshot-1-prod" },
    answers: {
      DescribeDBClustersCommand: fails("DBClusterNotFoundFault", 404),
      DescribeDBClusterSnapshotsCommand: ({ DBClusterSnapshotIdentifier: asked }) => {
        if (asked) throw awsError("DBClusterSnapshotNotFoundFault", 404);
        return {};
      },
    },
    result: "fail",
    says: /snapshot-1-prod is not there/,
    mend: /describe-db-cluster-snapshots/,
  },
  "a snapshot that is still being taken": {
    settings: { DATABASE_SNAPSHOT: "snapshot-1-prod" },
    answers: snapshotOf({ Status: "creating" }),
    result: "fail",
    says: /snapshot-1-prod is creating/,
    mend: /wait/,
  },
  "a snapshot of another major version": {
    settings: { DATABASE_SNAPSHOT: "snapshot-1-prod" },
    answers: snapshotOf({ EngineVersion: "17.5" }),
    result: "fail",
    says: /is of 17\.5, the environment would be of 16/,
    mend: /DATABASE_ENGINE_VERSION=17\.5/,
  },
  "no room for a VPC": {
    answers: quota("L-F678F1CE", 1, { DescribeVpcsCommand: () => ({ Vpcs: [{ VpcId: "vpc-1" }] }) }),
    result: "fail",
    says: /VPCs 1 needed, 0 of 1 free/,
    mend: /quota-code L-F678F1CE --desired-value 2/,
  },
  "no addresses": {
    answers: quota("L-0263D0A3", 5, { DescribeAddressesCommand: () => ({ Addresses: [{}, {}, {}, {}] }) }),
    result: "fail",
    says: /elastic IPs 2 needed, 1 of 5 free/,
    mend: /--desired-value 6/,
  },
  "no NAT gateways": {
    answers: quota("L-FE5A380F", 1, {
      DescribeNatGatewaysCommand: () => ({ NatGateways: [{ State: "available" }, { State: "available" }] }),
    }),
    result: "fail",
    says: /NAT gateways of a zone 1 needed, 0 of 1/,
    mend: /L-FE5A380F/,
  },
  "too few rules for a security group": {
    answers: quota("L-0EA8095F", 40),
    result: "fail",
    says: /60 needed, 40 allowed/,
    mend: /--desired-value 60/,
  },
  "too few Spot vCPUs": {
    answers: quota("L-36FBB829", 10),
    result: "fail",
    says: /Spot vCPUs 16 needed, 10 of 10/,
    mend: /L-36FBB829/,
  },
  "too few on-demand vCPUs": {
    answers: quota("L-3032A538", 2),
    result: "fail",
    says: /on-demand vCPUs 4 needed, 2 of 2/,
    mend: /L-3032A538/,
  },
  "no room for CloudFront's log policy": {
    answers: {
      "edge DescribeResourcePoliciesCommand": () => ({
        resourcePolicies: Array.from({ length: 10 }, (_, index) => ({ policyName: `p${index}-prod` })),
      }),
    },
    result: "fail",
    says: /log resource policies of us-east-1 all 10 are in use/,
    mend: /delete-resource-policy --region us-east-1/,
  },
  "no room for the events' log policy": {
    answers: {
      DescribeResourcePoliciesCommand: () => ({
        resourcePolicies: Array.from({ length: 10 }, (_, index) => ({ policyName: `p${index}-prod` })),
      }),
      "edge DescribeResourcePoliciesCommand": () => ({}),
    },
    result: "fail",
    says: /log resource policies of eu-north-1 all 10 are in use/,
    mend: /delete-resource-policy --region eu-north-1/,
  },
  "a secret's name that waits for deletion": {
    answers: {
      DescribeSecretCommand: ({ SecretId }) => {
        if (SecretId === "api-keys-prod-v1") return { DeletedDate: new Date(NOW) };
        throw awsError("ResourceNotFoundException");
      },
    },
    result: "fail",
    says: /secret api-keys-prod-v1 the name waits/,
    mend: /raise API_KEYS_VERSION/,
  },
  "a certificate that is not there": {
    answers: { "edge DescribeCertificateCommand": fails("ResourceNotFoundException") },
    result: "fail",
    says: /for shop\.example .* is not there/,
    mend: /request-certificate --region us-east-1 --domain-name shop\.example/,
  },
  "a certificate that is not issued": {
    answers: {
      DescribeCertificateCommand: ofOrigin({
        Status: "PENDING_VALIDATION",
        DomainValidationOptions: [
          { ResourceRecord: { Name: "_x.shop.example", Type: "CNAME", Value: "_y.aws" } },
        ],
      }),
    },
    result: "fail",
    says: /PENDING_VALIDATION/,
    mend: /add to your DNS: _x\.shop\.example CNAME _y\.aws/,
  },
  "a certificate for other names": {
    answers: {
      DescribeCertificateCommand: ofOrigin({
        DomainName: "other.example",
        SubjectAlternativeNames: ["*.other.example"],
      }),
    },
    result: "fail",
    says: /it is for other\.example/,
    mend: /request-certificate/,
  },
  "a wildcard one label too short": {
    settings: { ORIGIN_DOMAIN_NAME: "a.origin.shop.example" },
    addresses: { "a.origin.shop.example": ["192.0.2.1"] },
    result: "fail",
    says: /for a\.origin.* it is for shop\.example, \*\.shop\.example/,
    mend: /--domain-name a\.origin/,
  },
  "a certificate that has run out": {
    answers: { DescribeCertificateCommand: ofOrigin({ NotAfter: new Date("2026-11-01") }) },
    result: "fail",
    says: /has run out/,
    mend: /request-certificate/,
  },
  "a certificate that soon runs out": {
    answers: { DescribeCertificateCommand: ofOrigin({ NotAfter: new Date("2026-12-10") }) },
    result: "warn",
    says: /runs out in 11 days/,
    mend: /validation record/,
  },
  "no TLS to the origin": {
    settings: { ORIGIN_DOMAIN_NAME: undefined, ORIGIN_CERTIFICATE_ARN: undefined },
    result: "warn",
    says: /in clear/,
    mend: /ORIGIN_CERTIFICATE_ARN/,
  },
  "an origin's name that leads nowhere": {
    addresses: { "origin.shop.example": [] },
    result: "fail",
    says: /leads nowhere/,
    mend: /point origin\.shop\.example at alb-prod/,
  },
  "an origin's name that leads elsewhere": {
    addresses: { "origin.shop.example": ["198.51.100.7"] },
    result: "fail",
    says: /leads to 198\.51\.100\.7/,
    mend: /CNAME/,
  },
  "an origin's name without a balancer yet": {
    answers: { DescribeLoadBalancersCommand: fails("LoadBalancerNotFoundException") },
    result: "warn",
    says: /no balancer yet/,
    mend: /alb-dns-name/,
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

function snapshotOf(more: object): Answers {
  return {
    DescribeDBClustersCommand: fails("DBClusterNotFoundFault", 404),
    DescribeDBClusterSnapshotsCommand: () => ({
      DBClusterSnapshots: [
        {
          DBClusterSnapshotIdentifier: "snapshot-1-prod",
          Status: "available",
          EngineVersion: "16.8",
          ...more,
        },
      ],
    }),
  };
}

function quota(code: string, Value: number, more: Answers = {}): Answers {
  const of = ({ QuotaCode }: Record<string, unknown>) => ({
    Quota: { Value: QuotaCode === code ? Value : 100 },
  });
  return { ...more, GetServiceQuotaCommand: of };
}
