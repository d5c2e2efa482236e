import { Lazy, type TerraformResource } from "cdktn";
import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { accountId, type Duration, dependsOn, type IDependable, kindOf, Stack } from "../core/index.ts";
import { PolicyStatement, policyDocument } from "../iam/index.ts";

export interface LifecycleRule {
  /** Objects older than this are deleted. */
  readonly expiration: Duration;
}

export interface BucketProps {
  /** @default - objects are kept for ever */
  readonly lifecycleRules?: LifecycleRule[];
}

/**
 * A private bucket: public access blocked, ACLs off, encrypted with S3's own key (load balancers cannot write to a
 * bucket encrypted with KMS), plain HTTP refused. A destroyable stack empties it on destroy.
 *
 * Its name is `bucket-<id>-<account>-<suffix>`: bucket names are global to AWS.
 */
export class Bucket extends Construct implements IDependable {
  readonly bucketName: string;
  readonly bucketArn: string;
  readonly #statements: PolicyStatement[] = [];
  /** What must exist before a service can write into the bucket (hashicorp/terraform-provider-aws#12010). */
  readonly dependables: readonly TerraformResource[];

  constructor(scope: Construct, id: string, props: BucketProps = {}) {
    super(scope, id);
    const stack = Stack.of(this);
    const kind = kindOf(id, "bucket");
    const name = stack.names.for(`${kind}-${accountId(this)}`, Number.POSITIVE_INFINITY);
    stack.names.for(`${kind}-${"0".repeat(12)}`, 63); // the account id is a token here: check with its real length
    const bucket = new aws.S3Bucket(this, "Resource", {
      bucket: name,
      forceDestroy: stack.destroyable,
      tags: { Name: name },
    });
    this.bucketName = bucket.bucket;
    this.bucketArn = bucket.arn;

    const publicAccessBlock = new aws.S3BucketPublicAccessBlock(this, "PublicAccessBlock", {
      bucket: bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    const ownership = new aws.S3BucketOwnershipControls(this, "Ownership", {
      bucket: bucket.id,
      rule: { objectOwnership: "BucketOwnerEnforced" },
    });
    new aws.S3BucketServerSideEncryptionConfigurationA(this, "Encryption", {
      bucket: bucket.id,
      rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
    });
    if (props.lifecycleRules) {
      new aws.S3BucketLifecycleConfiguration(this, "Lifecycle", {
        bucket: bucket.id,
        rule: props.lifecycleRules.map(({ expiration }) => ({
          id: `expire-after-${expiration.toDays()}-days`,
          status: "Enabled",
          filter: [{ prefix: "" }], // every rule needs a filter or a prefix; the empty prefix is all objects
          expiration: [{ days: expiration.toDays() }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 1 }],
        })),
      });
    }
    const policy = new aws.S3BucketPolicy(this, "Policy", {
      bucket: bucket.id,
      policy: Lazy.stringValue({ produce: () => policyDocument(this.#statements) }),
    });
    // Both change the bucket's access settings: at the same time S3 answers OperationAborted.
    dependsOn(policy, [publicAccessBlock, ownership]);
    this.dependables = [policy, ownership];
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: "TlsOnly",
        effect: "Deny",
        principal: { anyone: true },
        actions: ["s3:*"],
        resources: [this.bucketArn, `${this.bucketArn}/*`],
        conditions: { Bool: { "aws:SecureTransport": "false" } },
      }),
    );
  }

  addToResourcePolicy(statement: PolicyStatement): void {
    this.#statements.push(statement);
  }
}
