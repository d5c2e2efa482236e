import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Duration } from "../../../lib/aws/core/index.ts";
import * as ec2 from "../../../lib/aws/ec2/index.ts";
import * as rds from "../../../lib/aws/rds/index.ts";
import * as secretsmanager from "../../../lib/aws/secretsmanager/index.ts";
import { templateOf } from "../../support/template.ts";

describe("DatabaseCluster", () => {
  const cluster = (props: Partial<rds.DatabaseClusterProps> = {}, destroyable = true) =>
    templateOf(
      (stack) => {
        const secret = new secretsmanager.Secret(stack, "S", {
          resourceType: "db-password",
          description: "d",
          version: 4,
        });
        new rds.DatabaseCluster(stack, "Aurora", {
          engine: rds.DatabaseClusterEngine.auroraPostgres({ preferredVersions: ["16.8", "16.4"] }),
          credentials: rds.Credentials.fromSecret(secret, "catalog"),
          defaultDatabaseName: "catalog",
          writer: { instanceClass: "db.t3.medium" },
          readers: [{ instanceClass: "db.t3.medium" }],
          vpc: new ec2.Vpc(stack, "Vpc", { availabilityZones: ["eu-north-1a", "eu-north-1b"] }),
          ...props,
        });
      },
      { destroyable },
    );

  it("has its password read back from Secrets Manager, and in no plain argument", () => {
    const resource = cluster().only("aws_rds_cluster");
    assert.match(
      resource.master_password_wo,
      /^\$\{ephemeral\.aws_secretsmanager_secret_version\..*\.secret_string\}$/,
    );
    assert.equal(resource.master_password_wo_version, 4);
    assert.equal(resource.master_password, undefined);
  });

  it("is encrypted, speaks TLS only, and exports its log", () => {
    const template = cluster();
    const resource = template.only("aws_rds_cluster");
    assert.equal(resource.storage_encrypted, true);
    assert.deepEqual(resource.enabled_cloudwatch_logs_exports, ["postgresql"]);
    const { parameter } = template.only("aws_rds_cluster_parameter_group");
    assert.ok(
      parameter.some((each: object) => JSON.stringify(each) === '{"name":"rds.force_ssl","value":"1"}'),
    );
  });

  it("places writer and reader in different zones, and no zone on the cluster", () => {
    const template = cluster();
    const zones = template
      .resources("aws_rds_cluster_instance")
      .map((instance) => instance.availability_zone);
    assert.equal(new Set(zones).size, 2);
    assert.equal(template.only("aws_rds_cluster").availability_zones, undefined);
  });

  it("comes after the log group that Aurora would else make itself", () => {
    const template = cluster();
    assert.match(template.dependsOn(template.only("aws_rds_cluster")).join(), /aws_cloudwatch_log_group/);
    assert.equal(template.only("aws_cloudwatch_log_group").name, "/aws/rds/cluster/aurora-test/postgresql");
  });

  it("chooses its version when planning, among the preferred ones", () => {
    const template = cluster();
    const [version] = Object.values(template.json.data!.aws_rds_engine_version as object);
    assert.deepEqual(version.preferred_versions, ["16.8", "16.4"]);
    assert.match(template.only("aws_rds_cluster").engine_version, /^\$\{data\.aws_rds_engine_version\./);
    assert.equal(template.only("aws_rds_cluster_parameter_group").family, "aurora-postgresql16");
  });

  it("leaves nothing behind when destroyed, and keeps everything when it may not be", () => {
    const gone = cluster().only("aws_rds_cluster");
    assert.deepEqual(
      [gone.deletion_protection, gone.skip_final_snapshot, gone.delete_automated_backups],
      [false, true, true],
    );
    const kept = cluster({}, false).only("aws_rds_cluster");
    assert.deepEqual(
      [kept.deletion_protection, kept.skip_final_snapshot, kept.delete_automated_backups],
      [true, false, false],
    );
    assert.equal(kept.final_snapshot_identifier, "aurora-final-test");
  });

  it("refuses backups for no day or more than 35", () => {
    for (const days of [0, 36]) {
      assert.throws(
        () => cluster({ backupRetention: Duration.days(days) }),
        new RegExp(`backupRetention of ${days} days is not possible`),
      );
    }
  });

  for (const instanceClass of [
    "db.t3.small",
    "db.t3.micro",
    "db.t2.medium",
    "db.t4g.small",
    "db.serverless",
    "db.m5.large",
    "db.t3.mediun",
    "db.r6g.24xlarge",
    "db.z9.large",
    "t3.medium",
    "",
  ]) {
    it(`refuses instance class '${instanceClass}'`, () => {
      assert.throws(
        () => cluster({ writer: { instanceClass } }),
        /RDS instance must use db\.t3\.medium class minimum/,
      );
    });
  }

  for (const instanceClass of [
    "db.t3.medium",
    "db.t4g.large",
    "db.r6g.large",
    "db.r7g.16xlarge",
    "db.x2g.xlarge",
    "db.r5.large",
    "db.r8gd.48xlarge",
    "db.r9g.large",
  ]) {
    it(`takes instance class '${instanceClass}'`, () => {
      assert.doesNotThrow(() => cluster({ writer: { instanceClass } }));
    });
  }

  it("refuses versions before 16.4, of several majors, of none, and misspelt ones", () => {
    const engine =
      (...preferredVersions: string[]) =>
      () =>
        rds.DatabaseClusterEngine.auroraPostgres({ preferredVersions });
    assert.throws(engine("15.3"), /'15\.3' is too old: use version 16\.4 or later/);
    assert.throws(engine("16.8", "16.3"), /'16\.3' is too old/);
    assert.throws(engine("16.8", "17.4"), /one major version/);
    assert.throws(engine(), /one major version/);
    assert.throws(engine("16"), /write it as 16\.8/);
  });
});
