/** Database, secrets, log bucket, roles. */
import { type Needs, type NeedsByType, on } from "./needs.ts";

export const DATA: NeedsByType = {
  aws_db_subnet_group: rds("CreateDBSubnetGroup", "ModifyDBSubnetGroup", "DeleteDBSubnetGroup"),
  aws_iam_role: roles(
    "CreateRole",
    "GetRole",
    "UpdateRole",
    "UpdateAssumeRolePolicy",
    "DeleteRole",
    "TagRole",
    "UntagRole",
    "ListRolePolicies",
    "ListAttachedRolePolicies",
    "ListInstanceProfilesForRole",
    "PassRole",
  ),
  aws_iam_role_policy: roles("PutRolePolicy", "GetRolePolicy", "DeleteRolePolicy"),
  aws_rds_cluster: rds(
    "CreateDBCluster",
    "ModifyDBCluster",
    "DeleteDBCluster",
    "RestoreDBClusterFromSnapshot",
    "RestoreDBClusterToPointInTime",
    "CreateDBClusterSnapshot",
    "DisableHttpEndpoint",
  ),
  aws_rds_cluster_instance: rds("CreateDBInstance", "ModifyDBInstance", "DeleteDBInstance"),
  aws_rds_cluster_parameter_group: rds(
    "CreateDBClusterParameterGroup",
    "ModifyDBClusterParameterGroup",
    "ResetDBClusterParameterGroup",
    "DeleteDBClusterParameterGroup",
  ),
  aws_s3_bucket: bucket(
    "CreateBucket",
    "DeleteBucket",
    "ListBucket",
    "ListBucketVersions",
    "DeleteObject",
    "DeleteObjectVersion",
    "GetBucketAcl",
    "GetBucketCORS",
    "GetBucketLogging",
    "GetBucketObjectLockConfiguration",
    "GetBucketRequestPayment",
    "GetBucketTagging",
    "PutBucketTagging",
    "GetBucketVersioning",
    "GetBucketWebsite",
    "GetReplicationConfiguration",
    "GetAccelerateConfiguration",
    "GetBucketPolicy",
    "GetEncryptionConfiguration",
    "GetLifecycleConfiguration",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
  ),
  aws_s3_bucket_lifecycle_configuration: bucket("PutLifecycleConfiguration", "GetLifecycleConfiguration"),
  aws_s3_bucket_ownership_controls: bucket("PutBucketOwnershipControls", "GetBucketOwnershipControls"),
  aws_s3_bucket_policy: bucket("PutBucketPolicy", "GetBucketPolicy", "DeleteBucketPolicy"),
  aws_s3_bucket_public_access_block: bucket("PutBucketPublicAccessBlock", "GetBucketPublicAccessBlock"),
  aws_s3_bucket_server_side_encryption_configuration: bucket(
    "PutEncryptionConfiguration",
    "GetEncryptionConfiguration",
  ),
  aws_secretsmanager_secret: secrets(
    "CreateSecret",
    "DescribeSecret",
    "UpdateSecret",
    "DeleteSecret",
    "GetResourcePolicy",
    "TagResource",
    "UntagResource",
  ),
  aws_secretsmanager_secret_version: secrets(
    "PutSecretValue",
    "GetSecretValue",
    "DescribeSecret",
    "UpdateSecretVersionStage",
  ),
};

function roles(...actions: readonly string[]): Needs {
  const names = ["execution", "flow-logs", "task"];
  return on(
    "iam",
    actions,
    names.map((name) => `arn:aws:iam::ACCOUNT:role/role-${name}-SUFFIX`),
  );
}

function rds(...actions: readonly string[]): Needs {
  const names = [
    "cluster:aurora-SUFFIX",
    "cluster:restored-aurora-SUFFIX",
    "db:aurora-writer-SUFFIX",
    "db:restored-aurora-writer-SUFFIX",
    // Readers are counted, with one digit or two.
    "db:aurora-reader-?-SUFFIX",
    "db:aurora-reader-??-SUFFIX",
    "subgrp:subnet-group-aurora-SUFFIX",
    "cluster-pg:parameter-group-aurora-SUFFIX",
    "cluster-pg:parameter-group-aurora17-SUFFIX",
    "cluster-snapshot:aurora-final-SUFFIX",
    "cluster-snapshot:rds:aurora-SUFFIX-????-??-??-??-??",
    "cluster-snapshot:snapshot-????????t??????-SUFFIX",
    // AWS's own, which instances take.
    "pg:default*",
    "og:default*",
  ];
  const tagging = ["AddTagsToResource", "ListTagsForResource", "RemoveTagsFromResource"];
  return on(
    "rds",
    [...actions, ...tagging],
    [...names.map((name) => `arn:aws:rds:REGION:ACCOUNT:${name}`), "arn:aws:rds::ACCOUNT:global-cluster:*"],
  );
}

function bucket(...actions: readonly string[]): Needs {
  const name = "arn:aws:s3:::bucket-logs-NUMBER-SUFFIX";
  return on("s3", actions, [name, `${name}/*`]);
}

function secrets(...actions: readonly string[]): Needs {
  // `*` for the version, and AWS's own six characters: of an environment called `SUFFIX-v…` it takes in the secrets.
  const names = ["api-keys", "db-api-password", "db-password", "origin-token"];
  return on(
    "secretsmanager",
    actions,
    names.map((name) => `arn:aws:secretsmanager:REGION:ACCOUNT:secret:${name}-SUFFIX-v*`),
  );
}
