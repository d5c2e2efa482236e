/** The gateway's IAM: what a call asks for, and what the policy says of it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PolicyDocument } from "../../../ops/policy/deployer-policy.ts";
import { allows } from "../../../ops/policy/evaluate.ts";
import { requestsOf } from "../../../ops/policy/request.ts";
import { Authorisation } from "../../../ops/rehearsal/authorisation.ts";
import { type Call, parseCall } from "../../../ops/rehearsal/call.ts";

const ACCOUNT = "123456789012";

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly target?: string;
  readonly body?: string;
  readonly region?: string;
  readonly key?: string;
}

/** A call as it comes in on the wire. */
function call(
  service: string,
  { method = "POST", path = "/", target, body = "", region = "eu-north-1", key = "deployer" }: Sent,
): Call {
  const headers = {
    authorization: `AWS4-HMAC-SHA256 Credential=${key}/20261128/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    ...(target ? { "x-amz-target": target } : { "content-type": "application/x-www-form-urlencoded" }),
  };
  return parseCall({ method, url: path, headers } as never, Buffer.from(body));
}

const asked = (made: Call) =>
  requestsOf(made, ACCOUNT).map(({ action, resources, passedTo }) =>
    [action, ...resources, ...(passedTo ? [passedTo] : [])].join(" "),
  );

describe("what IAM asks of a call", () => {
  const cases: [what: string, made: Call, wanted: string[]][] = [
    ["EC2", call("ec2", { body: "Action=DescribeVpcs" }), ["ec2:DescribeVpcs *"]],
    [
      "EC2 with tags",
      call("ec2", { body: "Action=CreateVpc&TagSpecification.1.Tag.1.Key=Name" }),
      ["ec2:CreateVpc *", "ec2:CreateTags *"],
    ],
    [
      "CloudWatch by its own name",
      call("monitoring", { body: "Action=DescribeAlarms" }),
      ["cloudwatch:DescribeAlarms *"],
    ],
    [
      "a role",
      call("iam", { body: "Action=DeleteRole&RoleName=role-task-prod", region: "us-east-1" }),
      ["iam:DeleteRole arn:aws:iam::123456789012:role/role-task-prod"],
    ],
    [
      "roles handed to tasks",
      call("ecs", {
        target: "x.RegisterTaskDefinition",
        body: '{"family":"task-api-prod","executionRoleArn":"arn:e","taskRoleArn":"arn:t"}',
      }),
      [
        "ecs:RegisterTaskDefinition arn:aws:ecs:eu-north-1:123456789012:task-definition/task-api-prod:1",
        "iam:PassRole arn:e arn:t ecs-tasks.amazonaws.com",
      ],
    ],
    [
      "a role handed to flow logs",
      call("ec2", { body: "Action=CreateFlowLogs&DeliverLogsPermissionArn=arn%3Ar" }),
      ["ec2:CreateFlowLogs *", "iam:PassRole arn:r vpc-flow-logs.amazonaws.com"],
    ],
    [
      "a service by name and cluster",
      call("ecs", {
        target: "x.UpdateService",
        body: '{"cluster":"arn:aws:ecs:eu-north-1:1:cluster/c","service":"s"}',
      }),
      ["ecs:UpdateService arn:aws:ecs:eu-north-1:123456789012:service/c/s"],
    ],
    [
      "a secret",
      call("secretsmanager", { target: "x.GetSecretValue", body: '{"SecretId":"db-prod-v1"}' }),
      [
        "secretsmanager:GetSecretValue arn:aws:secretsmanager:eu-north-1:123456789012:secret:db-prod-v1-AbCdEf",
      ],
    ],
    [
      "a cluster in its groups",
      call("rds", { body: "Action=CreateDBCluster&DBClusterIdentifier=c&DBSubnetGroupName=g" }),
      [
        "rds:CreateDBCluster arn:aws:rds:eu-north-1:123456789012:cluster:c arn:aws:rds:eu-north-1:123456789012:subgrp:g",
      ],
    ],
    ["a bucket's head", call("s3", { method: "HEAD", path: "/b" }), ["s3:ListBucket arn:aws:s3:::b"]],
    [
      "a bucket's setting",
      call("s3", { method: "PUT", path: "/b?publicAccessBlock=" }),
      ["s3:PutBucketPublicAccessBlock arn:aws:s3:::b"],
    ],
    [
      "an object",
      call("s3", { path: "/b/k/l?x-id=GetObject", method: "GET" }),
      ["s3:GetObject arn:aws:s3:::b/k/l"],
    ],
    [
      "an object's version",
      call("s3", { path: "/b/k?versionId=1", method: "DELETE" }),
      ["s3:DeleteObjectVersion arn:aws:s3:::b/k"],
    ],
    ["all buckets", call("s3", { path: "/?x-id=ListBuckets", method: "GET" }), ["s3:ListAllMyBuckets *"]],
    [
      "a distribution with tags",
      call("cloudfront", { path: "/2020-05-31/distribution?WithTags" }),
      ["cloudfront:CreateDistribution *", "cloudfront:TagResource *"],
    ],
    [
      "an unknown REST call, by itself",
      call("cloudfront", { path: "/2020-05-31/function" }),
      ["cloudfront:POST /2020-05-31/function *"],
    ],
  ];
  for (const [what, made, wanted] of cases) it(what, () => assert.deepEqual(asked(made), wanted));
});

describe("a policy", () => {
  const policy = (Action: string[], Resource: string[], Condition?: object): PolicyDocument => ({
    Version: "2012-10-17",
    Statement: [{ Sid: "A", Effect: "Allow", Action, Resource, ...(Condition && { Condition }) }],
  });

  it("allows by action and each resource, with IAM's wildcards and nothing like a pattern of files", () => {
    const role = "arn:aws:iam::1:role/role-task-prod";
    for (const [actions, resources, allowed] of [
      [["iam:DeleteRole"], [role], true],
      [["IAM:deleterole"], [role], true],
      [["iam:*"], [role], true],
      [["iam:Delete*"], ["*"], true],
      [["iam:DeleteRole"], ["arn:aws:iam::?:role/role-*-prod"], true],
      [["iam:DeleteRole"], ["arn:aws:iam::1:role/role-task-pro"], false],
      [["iam:DeleteRole"], ["arn:aws:iam::1:role/*-dev"], false],
      [["iam:DeleteRole"], ["arn.aws.iam..1.role.role-task-prod"], false],
      [["iam:DeleteRol"], [role], false],
      [["iam:?eleteRole"], [role], true],
      [[], [role], false],
    ] as [string[], string[], boolean][])
      assert.equal(
        allows(policy(actions, resources), { action: "iam:DeleteRole", resources: [role] }),
        allowed,
        `${actions} ${resources}`,
      );
    const both = { action: "rds:CreateDBCluster", resources: ["a", "b"] };
    assert.equal(allows(policy(["rds:*"], ["a"]), both), false);
    assert.equal(allows(policy(["rds:*"], ["a", "b"]), both), true);
  });

  it("hands a role to the services that it names", () => {
    const condition = { StringEqualsIfExists: { "iam:PassedToService": ["ecs-tasks.amazonaws.com"] } };
    const pass = (passedTo: string) =>
      allows(policy(["iam:PassRole"], ["*"], condition), {
        action: "iam:PassRole",
        resources: ["r"],
        passedTo,
      });
    assert.equal(pass("ecs-tasks.amazonaws.com"), true);
    assert.equal(pass("ec2.amazonaws.com"), false);
    assert.throws(
      () => allows(policy(["a:B"], ["*"], { Bool: {} }), { action: "a:B", resources: ["*"] }),
      /not understood/,
    );
  });

  it("refuses the deployer's calls as AWS does, and nobody else's", () => {
    const authorisation = new Authorisation("deployer");
    const made = call("ecs", { target: "x.DeleteCluster", body: '{"cluster":"cluster-other"}' });
    assert.equal(authorisation.next(made), undefined);
    authorisation.policy = policy(["ecs:*"], ["arn:aws:ecs:*:*:cluster/cluster-prod"]);
    const refusal = authorisation.next(made);
    assert.equal(refusal?.kind, "refuse");
    assert.match(refusal.answer!.body.toString(), /AccessDeniedException.*ecs:DeleteCluster/);
    assert.match(
      authorisation.next(call("ec2", { body: "Action=DeleteVpc" }))!.answer!.body.toString(),
      /<Code>AccessDenied<\/Code>/,
    );
    assert.equal(authorisation.next(call("ec2", { body: "Action=DeleteVpc", key: "testing" })), undefined);
    assert.equal(
      authorisation.next(call("ecs", { target: "x.DeleteCluster", body: '{"cluster":"cluster-prod"}' })),
      undefined,
    );
    assert.deepEqual(
      [...authorisation.refused],
      [
        "ecs:DeleteCluster on arn:aws:ecs:eu-north-1:123456789012:cluster/cluster-other",
        "ec2:DeleteVpc on *",
      ],
    );
  });
});
