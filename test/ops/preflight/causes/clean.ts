/** What AWS answers in a clean account, with what causes change of it. */
import { type Answers, awsError } from "../../support/fake-aws.ts";

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
export const ofOrigin =
  (more: object) =>
  ({ CertificateArn }: Record<string, unknown>) =>
    certificate(CertificateArn === ORIGIN ? more : {})();
export const subscription = (SubscriptionArn: string) => () => ({
  Subscriptions: [{ Endpoint: "oncall@shop.example", SubscriptionArn }],
});
export const manifest =
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
  DescribeAvailabilityZonesCommand: () => ({
    AvailabilityZones: ["a", "b", "c"].map((zone) => ({ ZoneName: `eu-north-1${zone}`, State: "available" })),
  }),
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

/** One thing that stands against a deployment: how AWS or the settings show it, and what the preflight says. */
export interface Cause {
  readonly settings?: Record<string, string | undefined>;
  readonly answers?: Answers;
  readonly addresses?: Record<string, string[]>;
  readonly result: "warn" | "fail";
  readonly says: RegExp;
  readonly mend: RegExp;
}
