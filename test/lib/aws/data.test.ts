import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TerraformOutput } from "cdktn";
import { Duration } from "../../../lib/aws/core/index.ts";
import * as ec2 from "../../../lib/aws/ec2/index.ts";
import * as iam from "../../../lib/aws/iam/index.ts";
import * as logs from "../../../lib/aws/logs/index.ts";
import * as rds from "../../../lib/aws/rds/index.ts";
import * as s3 from "../../../lib/aws/s3/index.ts";
import * as secretsmanager from "../../../lib/aws/secretsmanager/index.ts";
import { synthesise } from "../../support/template.ts";

const policy = (json: string) => JSON.parse(json) as { Statement: Record<string, unknown>[] };

describe("Secret", () => {
  const secret = (props: Partial<secretsmanager.SecretProps> = {}, destroyable = true) =>
    synthesise(
      (stack) =>
        new secretsmanager.Secret(stack, "S", { resourceType: "db-password", description: "d", ...props }),
      {
        destroyable,
      },
    );

  it("is named by suffix and version, and gone at once when destroyed", () => {
    const resource = secret({ version: 3 }).only("aws_secretsmanager_secret");
    assert.equal(resource.name, "db-password-test-v3");
    assert.equal(resource.recovery_window_in_days, 0);
  });

  it("keeps a recovery window in a stack that is not to be destroyed", () => {
    assert.equal(secret({}, false).only("aws_secretsmanager_secret").recovery_window_in_days, 30);
  });

  it("takes its value from an ephemeral resource, through a write-only argument", () => {
    const template = secret({ version: 2 });
    const version = template.only("aws_secretsmanager_secret_version");
    assert.match(version.secret_string_wo, /^\$\{ephemeral\.aws_secretsmanager_random_password\./);
    assert.equal(version.secret_string_wo_version, 2);
    assert.equal(version.secret_string, undefined);
  });

  it("hands its value on only after it was written", () => {
    const template = synthesise((stack) => {
      const each = new secretsmanager.Secret(stack, "S", { resourceType: "x", description: "d" });
      new TerraformOutput(stack, "One", { value: each.ephemeralValue, sensitive: true });
      new TerraformOutput(stack, "Two", { value: each.ephemeralValue, sensitive: true });
    });
    const readers = Object.values(template.json.ephemeral!.aws_secretsmanager_secret_version as object);
    assert.equal(readers.length, 1);
    assert.match(readers[0].depends_on[0], /^aws_secretsmanager_secret_version\./);
  });

  it("refuses a version that does not count, and a value that can be guessed", () => {
    assert.throws(() => secret({ version: 0 }), /Secret 'S': version 0/);
    assert.throws(() => secret({ passwordLength: 8 }), /passwordLength 8 is too short/);
  });
});

describe("Role", () => {
  it("can do nothing until something is granted, and names its account in the trust policy", () => {
    const template = synthesise(
      (stack) => new iam.Role(stack, "TaskRole", { assumedBy: "ecs-tasks.amazonaws.com", description: "d" }),
    );
    assert.equal(template.resources("aws_iam_role_policy").length, 0);
    const [statement] = policy(template.only("aws_iam_role").assume_role_policy).Statement;
    assert.deepEqual(statement!.Principal, { Service: ["ecs-tasks.amazonaws.com"] });
    assert.ok("aws:SourceAccount" in (statement!.Condition as { StringEquals: object }).StringEquals);
  });

  it("gathers what is granted later in one policy", () => {
    const template = synthesise((stack) => {
      const role = new iam.Role(stack, "TaskRole", { assumedBy: "x", description: "d" });
      for (const action of ["s3:GetObject", "s3:PutObject"]) {
        role.addToPolicy(new iam.PolicyStatement({ actions: [action], resources: ["arn:a"] }));
      }
    });
    assert.equal(policy(template.only("aws_iam_role_policy").policy).Statement.length, 2);
  });

  it("refuses to allow every action", () => {
    for (const action of ["*", "s3:*"]) {
      assert.throws(
        () => new iam.PolicyStatement({ actions: [action], resources: ["*"] }),
        /name the actions/,
      );
    }
  });
});

describe("Bucket", () => {
  const template = synthesise(
    (stack) => new s3.Bucket(stack, "Logs", { lifecycleRules: [{ expiration: Duration.days(30) }] }),
  );

  it("is private, encrypted, and refuses plain HTTP", () => {
    const block = template.only("aws_s3_bucket_public_access_block");
    for (const key of [
      "block_public_acls",
      "block_public_policy",
      "ignore_public_acls",
      "restrict_public_buckets",
    ]) {
      assert.equal(block[key], true, key);
    }
    const [deny] = policy(template.only("aws_s3_bucket_policy").policy).Statement;
    assert.equal(deny!.Effect, "Deny");
    assert.deepEqual(deny!.Condition, { Bool: { "aws:SecureTransport": "false" } });
    assert.equal(template.resources("aws_s3_bucket_server_side_encryption_configuration").length, 1);
  });

  it("lets objects expire, by a rule with a filter", () => {
    const [rule] = template.only("aws_s3_bucket_lifecycle_configuration").rule;
    assert.deepEqual(rule.filter, [{ prefix: "" }]);
    assert.deepEqual(rule.expiration, [{ days: 30 }]);
  });

  it("is emptied when destroyed, and carries the account in its name", () => {
    const bucket = template.only("aws_s3_bucket");
    assert.equal(bucket.force_destroy, true);
    assert.match(bucket.bucket, /^bucket-logs-\$\{data\.aws_caller_identity\.Account\.account_id\}-test$/);
  });

  it("gets its policy after its public access block", () => {
    assert.match(
      template.dependsOn(template.only("aws_s3_bucket_policy")).join(),
      /aws_s3_bucket_public_access_block/,
    );
  });
});

describe("LogGroup", () => {
  it("keeps events for 30 days unless told otherwise", () => {
    const template = synthesise((stack) => new logs.LogGroup(stack, "L", { logGroupName: "l-test" }));
    assert.equal(template.only("aws_cloudwatch_log_group").retention_in_days, 30);
  });

  it("refuses a retention that CloudWatch does not offer", () => {
    assert.throws(
      () =>
        synthesise(
          (stack) => new logs.LogGroup(stack, "L", { logGroupName: "l", retention: Duration.days(31) }),
        ),
      /LogGroup 'L': retention of 31 days is not offered/,
    );
  });
});

describe("DatabaseCluster", () => {
  const cluster = (props: Partial<rds.DatabaseClusterProps> = {}, destroyable = true) =>
    synthesise(
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
