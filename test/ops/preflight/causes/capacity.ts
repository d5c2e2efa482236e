/** The image, the database, and room in the account. */
import { type Answers, awsError } from "../../support/fake-aws.ts";
import { type Cause, fails, manifest } from "./clean.ts";

export const CAPACITY: Record<string, Cause> = {
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
  "a snapshot that is not encrypted": {
    settings: { DATABASE_SNAPSHOT: "snapshot-1-prod" },
    answers: snapshotOf({ StorageEncrypted: false }),
    result: "fail",
    says: /snapshot-1-prod is not encrypted/,
    mend: /copy-db-cluster-snapshot .*snapshot-1-prod-encrypted --kms-key-id/,
  },
  "a snapshot of another major version": {
    settings: { DATABASE_SNAPSHOT: "snapshot-1-prod" },
    answers: snapshotOf({ EngineVersion: "17.5" }),
    result: "fail",
    says: /is of 17\.5, the environment would be of 16/,
    mend: /DATABASE_ENGINE_VERSION=17\.5/,
  },
  "a zone that the region does not have": {
    settings: { AVAILABILITY_ZONES: "eu-north-1a,eu-north-1d" },
    result: "fail",
    says: /no eu-north-1d: it has eu-north-1a, eu-north-1b, eu-north-1c/,
    mend: /AVAILABILITY_ZONES/,
  },
  "a zone that AWS has withdrawn": {
    answers: {
      DescribeAvailabilityZonesCommand: () => ({
        AvailabilityZones: [
          { ZoneName: "eu-north-1a", State: "available" },
          { ZoneName: "eu-north-1b", State: "impaired" },
        ],
      }),
    },
    result: "fail",
    says: /no eu-north-1b: it has eu-north-1a/,
    mend: /one that stands waits/,
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
    answers: quota("L-FE5A380F", 2, gatewaysIn("eu-north-1b", "eu-north-1c", "eu-north-1b")),
    result: "fail",
    says: /NAT gateways of a zone 1 needed, 0 of 2/,
    mend: /L-FE5A380F/,
  },
  "no addresses for a second gateway of an environment that stands": {
    answers: quota("L-0263D0A3", 1, {
      ...gatewaysIn("eu-north-1a"),
      DescribeAddressesCommand: () => ({ Addresses: [{ Tags: named("nat-gateway-1-prod") }] }),
    }),
    result: "fail",
    says: /elastic IPs 1 needed, 0 of 1 free/,
    mend: /--desired-value 2/,
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
};

const named = (Value: string) => [{ Key: "Name", Value }];

/** Gateways of somebody else, one in each of these zones. */
export function gatewaysIn(...zones: readonly string[]): Answers {
  const subnets = zones.map((AvailabilityZone, index) => ({ SubnetId: `subnet-${index}`, AvailabilityZone }));
  return {
    DescribeNatGatewaysCommand: () => ({
      NatGateways: subnets.map(({ SubnetId }) => ({ SubnetId, State: "available" })),
    }),
    DescribeSubnetsCommand: () => ({ Subnets: subnets }),
  };
}

function snapshotOf(more: object): Answers {
  return {
    DescribeDBClustersCommand: fails("DBClusterNotFoundFault", 404),
    DescribeDBClusterSnapshotsCommand: () => ({
      DBClusterSnapshots: [
        {
          DBClusterSnapshotIdentifier: "snapshot-1-prod",
          Status: "available",
          StorageEncrypted: true,
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
