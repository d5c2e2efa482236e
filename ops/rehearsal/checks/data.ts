import assert from "node:assert/strict";
import {
  DescribeDBClusterParametersCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBSubnetGroupsCommand,
} from "@aws-sdk/client-rds";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { originToken } from "./balancer.ts";
import { type Check, type CheckContext, only } from "./check.ts";

async function describeCluster({ aws, suffix }: CheckContext) {
  const { DBClusters } = await aws.rds.send(
    new DescribeDBClustersCommand({ DBClusterIdentifier: `aurora-${suffix}` }),
  );
  return only(DBClusters, "Aurora cluster");
}

async function describeInstances(context: CheckContext) {
  const { DBClusterMembers = [] } = await describeCluster(context);
  const found = await Promise.all(
    DBClusterMembers.map(({ DBInstanceIdentifier }) =>
      context.aws.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier })),
    ),
  );
  return found.map(({ DBInstances }) => only(DBInstances, "database instance"));
}

const secretValue = async ({ aws }: CheckContext, SecretId: string): Promise<string> =>
  (await aws.secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString ?? "";

export const data: Check[] = [
  {
    demand: "Aurora PostgreSQL is 16.4 or later",
    async run(context) {
      const { Engine, EngineVersion = "" } = await describeCluster(context);
      assert.equal(Engine, "aurora-postgresql");
      const [major = 0, minor = 0] = EngineVersion.split(".").map(Number);
      assert.ok(major > 16 || (major === 16 && minor >= 4), `version ${EngineVersion}`);
    },
  },
  {
    demand: "the database is encrypted, backed up for 7 days, exports its log, and can be destroyed",
    async run(context) {
      const cluster = await describeCluster(context);
      assert.equal(cluster.StorageEncrypted, true);
      assert.equal(cluster.BackupRetentionPeriod, 7);
      assert.deepEqual(cluster.EnabledCloudwatchLogsExports, ["postgresql"]);
      assert.equal(cluster.DeletionProtection, false);
    },
  },
  {
    demand: "writer and reader are db.t3.medium or larger, in different zones, and not public",
    async run(context) {
      const instances = await describeInstances(context);
      assert.equal(instances.length, 2);
      assert.equal(new Set(instances.map(({ AvailabilityZone }) => AvailabilityZone)).size, 2);
      for (const { DBInstanceClass = "", PubliclyAccessible } of instances) {
        assert.doesNotMatch(DBInstanceClass, /\.(nano|micro|small)$/);
        assert.equal(PubliclyAccessible, false);
      }
    },
  },
  {
    demand: "the database refuses connections without TLS",
    async run(context) {
      const { DBClusterParameterGroup } = await describeCluster(context);
      const { Parameters = [] } = await context.aws.rds.send(
        new DescribeDBClusterParametersCommand({
          DBClusterParameterGroupName: DBClusterParameterGroup,
          Source: "user",
        }),
      );
      assert.equal(
        Parameters.find(({ ParameterName }) => ParameterName === "rds.force_ssl")?.ParameterValue,
        "1",
      );
    },
  },
  {
    demand: "the database stands in private subnets of two zones",
    async run(context) {
      const { DBSubnetGroup } = await describeCluster(context);
      const { DBSubnetGroups } = await context.aws.rds.send(
        new DescribeDBSubnetGroupsCommand({ DBSubnetGroupName: DBSubnetGroup }),
      );
      const { Subnets = [] } = only(DBSubnetGroups, "subnet group");
      assert.equal(
        new Set(Subnets.map(({ SubnetAvailabilityZone }) => SubnetAvailabilityZone?.Name)).size,
        2,
      );
      const names = context.resources
        .filter(
          ({ type, values }) =>
            type === "aws_subnet" && Subnets.some((s) => s.SubnetIdentifier === values.id),
        )
        .map(({ values }) => (values.tags as { Name: string }).Name);
      assert.deepEqual(
        names.map((name) => name.includes("private")),
        [true, true],
      );
    },
  },
  {
    demand: "the database password is in Secrets Manager, and in no state and no plan",
    async run(context) {
      await assertHidden(context, await secretValue(context, context.outputs["database-secret-arn"]!));
    },
  },
  {
    demand: "the write keys are in Secrets Manager, and in no state and no plan",
    async run(context) {
      await assertHidden(context, await secretValue(context, context.outputs["api-keys-secret-arn"]!));
    },
  },
  {
    demand: "the origin token differs from the other secrets",
    async run(context) {
      const token = await originToken(context);
      assert.ok(token.length >= 32, "the token is short");
      assert.notEqual(token, await secretValue(context, context.outputs["api-keys-secret-arn"]!));
    },
  },
];

async function assertHidden({ written }: CheckContext, secret: string): Promise<void> {
  assert.ok(secret.length >= 32, `the secret has ${secret.length} characters`);
  assert.ok(written.length >= 2, "there is nothing to look into");
  for (const { what, text } of written) assert.ok(!text.includes(secret), `the secret is in the ${what}`);
}
