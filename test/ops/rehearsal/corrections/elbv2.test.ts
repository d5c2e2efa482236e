/** Each correction against the shape in which moto answers. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Call, parameters } from "../../../../ops/rehearsal/call.ts";
import { applies } from "../../../../ops/rehearsal/corrections/correction.ts";
import { corrections } from "../../../../ops/rehearsal/corrections/corrections.ts";
import { answer, gateway, query } from "../support.ts";

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
