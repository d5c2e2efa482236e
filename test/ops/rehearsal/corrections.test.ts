/** Each correction against the shape in which moto 5.2.1 answers. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Answer, type Call, isOk, json, parameters } from "../../../ops/rehearsal/call.ts";
import { applies } from "../../../ops/rehearsal/corrections/correction.ts";
import { corrections } from "../../../ops/rehearsal/corrections/index.ts";

const answer = (body: string | object, status = 200): Answer => ({
  status,
  headers: {},
  body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
});

/** Sends calls through one set of corrections, with moto's answers as given. */
function gateway() {
  const all = corrections();
  return async (
    call: Partial<Call> & Pick<Call, "service" | "operation">,
    moto: Answer = answer("moto was not asked", 500),
  ) => {
    const whole: Call = {
      region: "eu-north-1",
      method: "POST",
      path: "/",
      headers: {},
      body: Buffer.alloc(0),
      ...call,
    };
    const forwarded: Call[] = [];
    const correction = all.find((candidate) => applies(candidate, whole));
    assert.ok(correction, `nothing corrects ${whole.service} ${whole.operation}`);
    const result = await correction.answer(whole, async (changed = whole) => {
      forwarded.push(changed);
      return moto;
    });
    return { body: result.body.toString(), result, forwarded };
  };
}

const query = (parameters: Record<string, string>) => Buffer.from(new URLSearchParams(parameters).toString());
const input = (value: object) => Buffer.from(JSON.stringify(value));

describe("RDS engine versions", () => {
  const versions = async (parameters: Record<string, string>) => {
    const body = query({ Engine: "aurora-postgresql", ...parameters });
    const { body: xml } = await gateway()({ service: "rds", operation: "DescribeDBEngineVersions", body });
    return [...xml.matchAll(/<EngineVersion>([^<]+)</g)].map(([, version]) => version);
  };

  it("offer 16.4 and later, and not 15.3", async () => {
    const all = await versions({});
    assert.ok(all.includes("16.8"));
    assert.ok(!all.includes("15.3"));
  });

  it("are filtered by version, by major version and by family", async () => {
    assert.deepEqual(await versions({ EngineVersion: "16.8" }), ["16.8"]);
    assert.deepEqual(await versions({ EngineVersion: "15.3" }), []);
    for (const version of await versions({ EngineVersion: "16" })) assert.match(version!, /^16\./);
    for (const version of await versions({ DBParameterGroupFamily: "aurora-postgresql15" }))
      assert.match(version!, /^15\./);
  });

  it("are none for another engine", async () => {
    assert.deepEqual(await versions({ Engine: "mysql" }), []);
  });
});

describe("RDS answers", () => {
  it("lose the serverless scaling of a provisioned cluster, and of no other", async () => {
    const cluster = (mode: string) =>
      `<DBCluster><EngineMode>${mode}</EngineMode><ScalingConfigurationInfo/></DBCluster>`;
    const { body } = await gateway()(
      { service: "rds", operation: "DescribeDBClusters" },
      answer(`<DBClusters>${cluster("provisioned")}${cluster("serverless")}</DBClusters>`),
    );
    assert.equal(
      body,
      `<DBClusters><DBCluster><EngineMode>provisioned</EngineMode></DBCluster>${cluster("serverless")}</DBClusters>`,
    );
  });

  it("name a certificate authority that AWS has", async () => {
    const { body } = await gateway()(
      { service: "rds", operation: "DescribeDBInstances" },
      answer("<CACertificateIdentifier>rds-ca-default</CACertificateIdentifier>"),
    );
    assert.equal(body, "<CACertificateIdentifier>rds-ca-rsa2048-g1</CACertificateIdentifier>");
  });
});

describe("deleting a database cluster", () => {
  const snapshots =
    "<DBClusterSnapshotIdentifier>rds:aurora-dev-1</DBClusterSnapshotIdentifier><DBClusterSnapshotIdentifier>mine</DBClusterSnapshotIdentifier>";
  const deleteWith = async (more: Record<string, string>) => {
    const body = query({ Action: "DeleteDBCluster", DBClusterIdentifier: "aurora-dev", ...more });
    const { forwarded } = await gateway()(
      { service: "rds", operation: "DeleteDBCluster", body },
      answer(snapshots),
    );
    return forwarded.slice(1).map((call) => {
      const sent = parameters(call);
      return [sent.get("Action"), sent.get("DBClusterSnapshotIdentifier")].filter(Boolean).join(" ");
    });
  };

  it("deletes its automatic backups, and no snapshot that somebody made", async () => {
    assert.deepEqual(await deleteWith({}), [
      "DescribeDBClusterSnapshots",
      "DeleteDBClusterSnapshot rds:aurora-dev-1",
    ]);
  });

  it("keeps them when it is told to", async () => {
    assert.deepEqual(await deleteWith({ DeleteAutomatedBackups: "false" }), []);
  });
});

describe("what ECS lists", () => {
  const clusterArn = "arn:aws:ecs:eu-north-1:123456789012:cluster/dev";
  const listed = answer({ clusterArns: [clusterArn, "another"], nextToken: null });
  const list = async (send: ReturnType<typeof gateway>) =>
    json<{ clusterArns: string[] }>(
      (await send({ service: "ecs", operation: "ListClusters" }, listed)).result,
    ).clusterArns;

  it("leaves out what was deleted, until it is created again", async () => {
    const send = gateway();
    const cluster = answer({ cluster: { clusterArn } });
    assert.deepEqual(await list(send), [clusterArn, "another"]);
    await send({ service: "ecs", operation: "DeleteCluster" }, cluster);
    assert.deepEqual(await list(send), ["another"]);
    await send({ service: "ecs", operation: "CreateCluster" }, cluster);
    assert.deepEqual(await list(send), [clusterArn, "another"]);
  });

  it("keeps what could not be deleted", async () => {
    const send = gateway();
    await send({ service: "ecs", operation: "DeleteCluster" }, answer({ cluster: { clusterArn } }, 400));
    assert.deepEqual(await list(send), [clusterArn, "another"]);
  });
});

describe("ECS services", () => {
  const arn = "arn:aws:ecs:eu-north-1:123456789012:service/cluster/api";
  const asMotoHasIt = {
    serviceArn: arn,
    status: "ACTIVE",
    launchType: "EC2",
    taskDefinition: "task:1",
    desiredCount: 2,
    runningCount: 2,
    pendingCount: 0,
    deployments: [
      { id: "ecs-svc/1", status: "PRIMARY", taskDefinition: "task:0", rolloutState: "IN_PROGRESS" },
    ],
  };
  const created = {
    capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT", weight: 1 }],
    availabilityZoneRebalancing: "ENABLED",
    deploymentConfiguration: { minimumHealthyPercent: 100 },
  };

  const create = async () => {
    const send = gateway();
    await send(
      { service: "ecs", operation: "CreateService", body: input(created) },
      answer({ service: asMotoHasIt }),
    );
    return send;
  };
  const describeWith = async (send: ReturnType<typeof gateway>, service: object = asMotoHasIt) => {
    const { result } = await send(
      { service: "ecs", operation: "DescribeServices" },
      answer({ services: [service], failures: [] }),
    );
    return json<{ services: Record<string, unknown>[] }>(result).services[0]!;
  };

  it("are described with the settings that moto dropped, and without the launch type", async () => {
    const service = await describeWith(await create());
    assert.deepEqual(service.capacityProviderStrategy, [
      { base: 0, capacityProvider: "FARGATE_SPOT", weight: 1 },
    ]);
    assert.equal(service.availabilityZoneRebalancing, "ENABLED");
    assert.deepEqual(service.deploymentConfiguration, { minimumHealthyPercent: 100 });
    assert.ok(!("launchType" in service));
  });

  it("keep what an update does not mention, and take what it does", async () => {
    const send = await create();
    const body = input({ service: arn, availabilityZoneRebalancing: "DISABLED" });
    await send({ service: "ecs", operation: "UpdateService", body }, answer({ service: asMotoHasIt }));
    const service = await describeWith(send);
    assert.equal(service.availabilityZoneRebalancing, "DISABLED");
    assert.deepEqual(service.deploymentConfiguration, { minimumHealthyPercent: 100 });
  });

  it("have one finished deployment of the current task definition", async () => {
    const { deployments } = await describeWith(await create());
    const [deployment] = deployments as Record<string, unknown>[];
    assert.deepEqual([deployment?.taskDefinition, deployment?.rolloutState], ["task:1", "COMPLETED"]);
  });

  it("stay as they are when they are inactive, or were not made through the gateway", async () => {
    const inactive = { ...asMotoHasIt, status: "INACTIVE" };
    assert.deepEqual(await describeWith(await create(), inactive), inactive);
    assert.deepEqual(await describeWith(gateway()), asMotoHasIt);
  });

  it("are not remembered when their creation failed", async () => {
    const send = gateway();
    const { result } = await send(
      { service: "ecs", operation: "CreateService", body: input(created) },
      answer({}, 400),
    );
    assert.ok(!isOk(result));
    assert.deepEqual(await describeWith(send), asMotoHasIt);
  });
});

describe("tags of a scalable target", () => {
  const ResourceARN = "arn:aws:application-autoscaling:eu-north-1:123456789012:scalable-target/x";
  const service = "application-autoscaling";

  it("are those of its registration, changed by tagging and untagging", async () => {
    const send = gateway();
    const list = async () =>
      json<{ Tags: object }>(
        (await send({ service, operation: "ListTagsForResource", body: input({ ResourceARN }) })).result,
      ).Tags;
    const registration = input({ MinCapacity: 2, Tags: { Environment: "production" } });
    await send(
      { service, operation: "RegisterScalableTarget", body: registration },
      answer({ ScalableTargetARN: ResourceARN }),
    );
    assert.deepEqual(await list(), { Environment: "production" });
    await send({ service, operation: "TagResource", body: input({ ResourceARN, Tags: { Name: "x" } }) });
    await send({
      service,
      operation: "UntagResource",
      body: input({ ResourceARN, TagKeys: ["Environment"] }),
    });
    assert.deepEqual(await list(), { Name: "x" });
  });
});

describe("CloudFront distributions", () => {
  const get = (body: string) =>
    gateway()({ service: "cloudfront", operation: "GET /2020-05-31/distribution/E1" }, answer(body));

  it("have an ARN with an empty region", async () => {
    const { body } = await get("<ARN>arn:aws:cloudfront:123456789012:distribution/E1</ARN>");
    assert.equal(body, "<ARN>arn:aws:cloudfront::123456789012:distribution/E1</ARN>");
  });

  it("are looked up in moto by moto's ARN", async () => {
    const { forwarded } = await gateway()(
      {
        service: "cloudfront",
        operation: "GET /2020-05-31/tagging",
        path: "/2020-05-31/tagging?Resource=arn%3Aaws%3Acloudfront%3A%3A123456789012%3Adistribution%2FE1",
      },
      answer("<Tags/>"),
    );
    assert.equal(
      forwarded[0]?.path,
      "/2020-05-31/tagging?Resource=arn%3Aaws%3Acloudfront%3A123456789012%3Adistribution%2FE1",
    );
  });

  const legacy = "<ForwardedValues><QueryString>false</QueryString></ForwardedValues><MinTTL>0</MinTTL>";

  it("have no forwarded values in a behaviour with a cache policy", async () => {
    const { body } = await get(
      `<DefaultCacheBehavior><CachePolicyId>p</CachePolicyId>${legacy}</DefaultCacheBehavior><CacheBehavior><CachePolicyId></CachePolicyId>${legacy}</CacheBehavior>`,
    );
    assert.equal(
      body,
      `<DefaultCacheBehavior><CachePolicyId>p</CachePolicyId></DefaultCacheBehavior><CacheBehavior><CachePolicyId></CachePolicyId>${legacy}</CacheBehavior>`,
    );
  });

  it("have no support method for CloudFront's own certificate, and keep it for another", async () => {
    const certificate = (own: boolean, method: string) =>
      `<ViewerCertificate><CloudFrontDefaultCertificate>${own}</CloudFrontDefaultCertificate>${method}</ViewerCertificate>`;
    const method = "<SSLSupportMethod>sni-only</SSLSupportMethod>";
    assert.equal((await get(certificate(true, method))).body, certificate(true, ""));
    assert.equal((await get(certificate(false, method))).body, certificate(false, method));
  });
});

describe("descriptions of security-group rules", () => {
  const rule = (id: string) => `<item><securityGroupRuleId>${id}</securityGroupRuleId></item>`;

  it("are given back for a rule between groups, and follow a change", async () => {
    const send = gateway();
    const body = query({ "IpPermissions.1.Groups.1.Description": "API to <Aurora>" });
    await send({ service: "ec2", operation: "AuthorizeSecurityGroupIngress", body }, answer(rule("sgr-1")));
    const read = async () =>
      (
        await send(
          { service: "ec2", operation: "DescribeSecurityGroupRules" },
          answer(rule("sgr-1") + rule("sgr-2")),
        )
      ).body;
    assert.equal(
      await read(),
      `<item><securityGroupRuleId>sgr-1</securityGroupRuleId><description>API to &lt;Aurora&gt;</description></item>${rule("sgr-2")}`,
    );
    const change = query({
      "SecurityGroupRule.1.SecurityGroupRuleId": "sgr-1",
      "SecurityGroupRule.1.SecurityGroupRule.Description": "new",
    });
    await send(
      { service: "ec2", operation: "ModifySecurityGroupRules", body: change },
      answer("<return>true</return>"),
    );
    assert.match(await read(), /<description>new</);
  });
});

describe("bucket policies", () => {
  const denial = {
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
  const grant = { Effect: "Allow", Principal: { Service: "x" }, Action: "s3:PutObject" };
  const policy = JSON.stringify({ Version: "2012-10-17", Statement: [grant, denial] });
  const call = (method: string) => ({
    service: "s3",
    operation: `${method} /bucket`,
    method,
    path: "/bucket?policy=",
    body: Buffer.from(method === "PUT" ? policy : ""),
  });

  it("reach moto without conditional denials, and are read back whole", async () => {
    const send = gateway();
    const { forwarded } = await send(call("PUT"), answer("", 204));
    assert.deepEqual(json<{ Statement: object[] }>(forwarded[0]!).Statement, [grant]);
    assert.equal((await send(call("GET"), answer("what moto has"))).body, policy);
  });

  it("are gone after they were deleted", async () => {
    const send = gateway();
    await send(call("PUT"), answer("", 204));
    await send(call("DELETE"), answer("", 204));
    assert.equal((await send(call("GET"), answer("no such policy", 404))).body, "no such policy");
  });

  it("leave other calls on a bucket alone", async () => {
    const { forwarded, body } = await gateway()({ ...call("GET"), path: "/bucket?versioning=" }, answer("x"));
    assert.equal(forwarded.length, 1);
    assert.equal(body, "x");
  });
});
