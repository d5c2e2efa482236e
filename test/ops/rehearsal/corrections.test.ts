/** Each correction against the shape in which moto answers. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Call, json, parameters } from "../../../ops/rehearsal/call.ts";
import { applies } from "../../../ops/rehearsal/corrections/correction.ts";
import { corrections } from "../../../ops/rehearsal/corrections/index.ts";
import { answer, gateway, input, query } from "./support.ts";

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

describe("CloudFront distributions", () => {
  const get = (body: string) =>
    gateway()({ service: "cloudfront", operation: "GET /2020-05-31/distribution/E1" }, answer(body));

  it("keep their ARN, in what is asked and what is answered", async () => {
    const arn = "arn:aws:cloudfront::123456789012:distribution/E1";
    const call = {
      service: "cloudfront",
      operation: "GET /2020-05-31/tagging",
      path: `/2020-05-31/tagging?Resource=${encodeURIComponent(arn)}`,
    };
    const { body, forwarded } = await gateway()(call, answer(`<ARN>${arn}</ARN>`));
    assert.deepEqual([forwarded[0]?.path, body], [call.path, `<ARN>${arn}</ARN>`]);
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
    const arn = "<ACMCertificateArn>arn:aws:acm:us-east-1:123456789012:certificate/1</ACMCertificateArn>";
    assert.equal((await get(certificate(true, arn + method))).body, certificate(false, arn + method));
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
    // As moto answers then: a client that takes an element twice for a list cannot read it.
    const own = rule("sgr-1").replace("</item>", "<description>new</description></item>");
    const { body: once } = await send(
      { service: "ec2", operation: "DescribeSecurityGroupRules" },
      answer(own + rule("sgr-2")),
    );
    assert.deepEqual(once.match(/<description>new</g), ["<description>new<"]);
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

describe("saved queries", () => {
  it("are kept by region under an id, found by the beginning of their name, and deleted", async () => {
    const call = gateway();
    const ask = async (operation: string, given: object, region = "eu-north-1") =>
      JSON.parse((await call({ service: "logs", operation, region, body: input(given) })).body);
    const query = { name: "query-a-dev", queryString: "fields @message", logGroupNames: ["/a"] };
    const { queryDefinitionId } = await ask("PutQueryDefinition", query);
    await ask("PutQueryDefinition", { ...query, name: "query-b-dev" }, "us-east-1");
    const found = await ask("DescribeQueryDefinitions", { queryDefinitionNamePrefix: "query-" });
    assert.deepEqual(found.queryDefinitions, [{ queryDefinitionId, ...query }]);
    assert.deepEqual(await ask("DeleteQueryDefinition", { queryDefinitionId }), { success: true });
    assert.deepEqual((await ask("DescribeQueryDefinitions", {})).queryDefinitions, []);
  });

  it("leave a delivery as it is, as AWS does with what the provider asks for", async () => {
    const { result, body } = await gateway()({
      service: "logs",
      operation: "UpdateDeliveryConfiguration",
      region: "us-east-1",
      body: input({ id: "a", recordFields: ["date"] }),
    });
    assert.equal(result.status, 400);
    assert.match(body, /ValidationException/);
  });
});

describe("Elastic Load Balancing", () => {
  it("has moto issue a certificate that a listener names, and calls it by its own name", async () => {
    const arn = "arn:aws:acm:eu-north-1:123456789012:certificate/0a1b2c3d";
    const motos = "arn:aws:acm:eu-north-1:123456789012:certificate/made-up-by-moto";
    const { body, forwarded } = await gateway()(
      {
        service: "elasticloadbalancing",
        operation: "CreateListener",
        body: query({ Action: "CreateListener", "Certificates.member.1.CertificateArn": arn }),
      },
      answer(JSON.stringify({ CertificateArn: motos })),
    );
    assert.deepEqual(
      forwarded.map(({ headers }) => headers["x-amz-target"]),
      ["CertificateManager.RequestCertificate", undefined],
    );
    assert.ok(decodeURIComponent(forwarded[1]!.body.toString()).includes(motos));
    assert.ok(body.includes(arn) && !body.includes(motos));
  });
});

describe("a load balancer's attributes", () => {
  const describeAttributes = async (known: string) => {
    const { body } = await gateway()(
      { service: "elasticloadbalancing", operation: "DescribeLoadBalancerAttributes" },
      answer(`<Attributes>${known}</Attributes>`),
    );
    return [...body.matchAll(/<Key>([^<]+)<\/Key><Value>([^<]*)<\/Value>/g)].map(([, key, value]) => [
      key,
      value,
    ]);
  };
  const attribute = "routing.http.drop_invalid_header_fields.enabled";

  it("that nobody has set are answered with AWS's defaults", async () => {
    const attributes = Object.fromEntries(await describeAttributes(""));
    assert.equal(attributes[attribute], "false");
    assert.equal(attributes["idle_timeout.timeout_seconds"], "60");
  });

  it("that were set are answered once, as they were set", async () => {
    const attributes = await describeAttributes(
      `<member><Key>${attribute}</Key><Value>true</Value></member>`,
    );
    assert.deepEqual(
      attributes.filter(([key]) => key === attribute),
      [[attribute, "true"]],
    );
  });
});

describe("a load balancer that is asked for twice", () => {
  it("is the one that is there, as with AWS", async () => {
    const all = corrections();
    const call: Call = {
      service: "elasticloadbalancing",
      operation: "CreateLoadBalancer",
      region: "eu-north-1",
      method: "POST",
      path: "/",
      headers: {},
      body: query({ Action: "CreateLoadBalancer", Name: "alb-dev" }),
    };
    const asked: string[] = [];
    const result = await all
      .find((each) => applies(each, call))!
      .answer(call, async (changed = call) => {
        const action = parameters(changed).get("Action")!;
        asked.push(action);
        return action === "CreateLoadBalancer"
          ? answer("<Error><Code>DuplicateLoadBalancerName</Code></Error>", 400)
          : answer("<DescribeLoadBalancersResponse>alb-dev</DescribeLoadBalancersResponse>");
      });
    assert.deepEqual(asked, ["CreateLoadBalancer", "DescribeLoadBalancers"]);
    assert.equal(result.status, 200);
    assert.equal(result.body.toString(), "<CreateLoadBalancerResponse>alb-dev</CreateLoadBalancerResponse>");
  });
});

describe("a web ACL's data protection", () => {
  it("is what was last sent for it, and none where none was", async () => {
    const call = gateway();
    const show = async (Id: string) => {
      const moto = answer({ WebACL: { Id, Name: "acl" }, LockToken: "t" });
      const shown = await call({ service: "wafv2", operation: "GetWebACL", body: input({ Id }) }, moto);
      return JSON.parse(shown.body) as object;
    };
    const created = answer({ Summary: { Id: "1" } });
    const first = { DataProtections: ["cookie"] };
    const body = input({ Name: "acl", DataProtectionConfig: first });
    await call({ service: "wafv2", operation: "CreateWebACL", body }, created);
    const other = answer({ Summary: { Id: "2" } });
    await call({ service: "wafv2", operation: "CreateWebACL", body: input({ Name: "other" }) }, other);
    const shown = (DataProtectionConfig: object) => ({
      WebACL: { Id: "1", Name: "acl", DataProtectionConfig },
      LockToken: "t",
    });
    assert.deepEqual(await show("1"), shown(first));
    assert.deepEqual(await show("2"), { WebACL: { Id: "2", Name: "acl" }, LockToken: "t" });
    const second = { DataProtections: ["authorization"] };
    const update = input({ Id: "1", DataProtectionConfig: second });
    await call({ service: "wafv2", operation: "UpdateWebACL", body: update }, answer({ NextLockToken: "u" }));
    assert.deepEqual(await show("1"), shown(second));
  });
});

describe("a scaling policy", () => {
  it("that is put again loses the alarms that it had", async () => {
    const headers = { "x-amz-target": "AnyScaleFrontendService.PutScalingPolicy" };
    const which = { PolicyName: "cpu", ServiceNamespace: "ecs", ResourceId: "r", ScalableDimension: "d" };
    const { forwarded } = await gateway()({
      service: "application-autoscaling",
      operation: "PutScalingPolicy",
      headers,
      body: input({ ...which, PolicyType: "TargetTrackingScaling" }),
    });
    const targets = forwarded.map((call) => call.headers["x-amz-target"]);
    assert.deepEqual(targets, [
      "AnyScaleFrontendService.DeleteScalingPolicy",
      "AnyScaleFrontendService.PutScalingPolicy",
    ]);
    assert.deepEqual(json(forwarded[0]!), which);
  });

  it("that is put again keeps its ARN, until it is deleted", async () => {
    const call = gateway();
    const which = { PolicyName: "cpu", ServiceNamespace: "ecs", ResourceId: "r", ScalableDimension: "d" };
    const other = { ...which, PolicyName: "memory" };
    const send = async (operation: string, sent: object, moto: object) => {
      const headers = { "x-amz-target": `AnyScaleFrontendService.${operation}` };
      const body = input(sent);
      const { body: answered } = await call(
        { service: "application-autoscaling", operation, headers, body },
        answer(moto),
      );
      return JSON.parse(answered);
    };
    const put = async (policy: object, arn: string) =>
      (await send("PutScalingPolicy", policy, { PolicyARN: arn, Alarms: [] })).PolicyARN;
    assert.equal(await put(which, "arn:1"), "arn:1");
    assert.equal(await put(which, "arn:2"), "arn:1");
    assert.equal(await put(other, "arn:3"), "arn:3");
    const { ScalingPolicies } = await send(
      "DescribeScalingPolicies",
      {},
      {
        ScalingPolicies: [
          { ...which, PolicyARN: "arn:2" },
          { ...other, PolicyARN: "arn:3" },
          { ...which, ResourceId: "s", PolicyARN: "arn:4" },
        ],
      },
    );
    assert.deepEqual(
      ScalingPolicies.map(({ PolicyARN }: { PolicyARN: string }) => PolicyARN),
      ["arn:1", "arn:3", "arn:4"],
    );
    await send("DeleteScalingPolicy", which, {});
    assert.equal(await put(which, "arn:5"), "arn:5");
  });
});
