import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UserError } from "../../../lib/aws/core/index.ts";
import * as ec2 from "../../../lib/aws/ec2/index.ts";
import { templateOf } from "../../support/template.ts";

describe("subdivide", () => {
  const take = (cidr: string, prefix: number, count: number) => {
    const blocks = ec2.subdivide(cidr, prefix);
    return Array.from({ length: count }, () => blocks.next().value);
  };

  it("cuts a range into blocks that follow each other", () => {
    assert.deepEqual(take("10.0.0.0/16", 20, 4), [
      "10.0.0.0/20",
      "10.0.16.0/20",
      "10.0.32.0/20",
      "10.0.48.0/20",
    ]);
    assert.deepEqual(take("192.168.254.0/23", 24, 2), ["192.168.254.0/24", "192.168.255.0/24"]);
    assert.deepEqual(take("0.0.0.0/0", 1, 2), ["0.0.0.0/1", "128.0.0.0/1"]);
  });

  it("refuses a range without room for one more block", () => {
    assert.throws(() => take("10.0.0.0/19", 20, 3), /'10\.0\.0\.0\/19' has no room/);
  });

  for (const cidr of ["10.0.0.0", "10.0.0.256/16", "10.0.0.0/33", "10.0.0.1/16", "fd00::/64"]) {
    it(`refuses '${cidr}'`, () => assert.throws(() => take(cidr, 20, 1), UserError));
  }
});

describe("Vpc", () => {
  const ZONES = { availabilityZones: ["eu-north-1a", "eu-north-1b"] };
  const vpc = (props: Partial<ec2.VpcProps> = {}) =>
    templateOf((stack) => new ec2.Vpc(stack, "Vpc", { ...ZONES, ...props }));

  it("has a public and a private subnet in each of two zones", () => {
    const subnets = vpc().resources("aws_subnet");
    assert.deepEqual(subnets.map((subnet) => subnet.tags.Name).sort(), [
      "subnet-private-1-test",
      "subnet-private-2-test",
      "subnet-public-1-test",
      "subnet-public-2-test",
    ]);
    assert.equal(new Set(subnets.map((subnet) => subnet.cidr_block)).size, 4);
    assert.equal(new Set(subnets.map((subnet) => subnet.availability_zone)).size, 2);
    assert.ok(subnets.every((subnet) => subnet.map_public_ip_on_launch === false));
  });

  it("routes each private subnet through the NAT gateway of its own zone", () => {
    const routes = vpc().resources("aws_route");
    const nat = routes.map((route) => route.nat_gateway_id).filter(Boolean);
    assert.equal(nat.length, 2);
    assert.equal(new Set(nat).size, 2);
    assert.equal(routes.filter((route) => route.gateway_id).length, 2);
  });

  it("shares one NAT gateway when asked to", () => {
    const template = vpc({ natGateways: 1 });
    assert.equal(template.resources("aws_nat_gateway").length, 1);
    const nat = template
      .resources("aws_route")
      .map((route) => route.nat_gateway_id)
      .filter(Boolean);
    assert.equal(nat.length, 2);
    assert.equal(new Set(nat).size, 1);
  });

  it("empties the default security group", () => {
    const group = vpc().only("aws_default_security_group");
    assert.equal(group.ingress, undefined);
    assert.equal(group.egress, undefined);
  });

  it("refuses more NAT gateways than zones, and none", () => {
    assert.throws(() => vpc({ natGateways: 3 }), /Vpc 'Vpc': natGateways 3 is not possible: use 1 to 2/);
    assert.throws(() => vpc({ natGateways: 0 }), /use 1 to 2/);
  });

  it("lets a flow log start only once its role may write", () => {
    const template = templateOf((stack) =>
      new ec2.Vpc(stack, "Vpc", { availabilityZones: ["eu-north-1a", "eu-north-1b"] }).addFlowLog("FlowLog"),
    );
    assert.match(template.dependsOn(template.only("aws_flow_log")).join(), /aws_iam_role_policy\./);
    assert.equal(template.only("aws_cloudwatch_log_group").retention_in_days, 30);
  });
});

describe("Connections", () => {
  const groups = (connect: (a: ec2.SecurityGroup, b: ec2.SecurityGroup) => void) =>
    templateOf((stack) => {
      const vpc = new ec2.Vpc(stack, "Vpc", { availabilityZones: ["eu-north-1a", "eu-north-1b"] });
      const a = new ec2.SecurityGroup(stack, "Client", { vpc, description: "a" });
      const b = new ec2.SecurityGroup(stack, "Server", {
        vpc,
        description: "b",
        defaultPort: ec2.Port.tcp(5432),
      });
      connect(a, b);
    });

  it("opens nothing by itself, inwards or outwards", () => {
    const template = groups(() => {});
    assert.equal(template.resources("aws_vpc_security_group_ingress_rule").length, 0);
    assert.equal(template.resources("aws_vpc_security_group_egress_rule").length, 0);
    assert.ok(
      template
        .resources("aws_security_group")
        .every((group) => !("egress" in group) && !("ingress" in group)),
    );
  });

  it("writes both halves of a connection, with its description", () => {
    const template = groups((a, b) => b.connections.allowDefaultPortFrom(a, "client to server"));
    const ingress = template.only("aws_vpc_security_group_ingress_rule");
    const egress = template.only("aws_vpc_security_group_egress_rule");
    for (const rule of [ingress, egress]) {
      assert.deepEqual([rule.from_port, rule.to_port, rule.ip_protocol], [5432, 5432, "tcp"]);
      assert.equal(rule.description, "client to server");
    }
    assert.equal(ingress.referenced_security_group_id, egress.security_group_id);
    assert.equal(egress.referenced_security_group_id, ingress.security_group_id);
    assert.notEqual(ingress.security_group_id, egress.security_group_id);
  });

  it("refuses a default port where there is none", () => {
    assert.throws(() => groups((a, b) => a.connections.allowDefaultPortFrom(b, "x")), /has no default port/);
  });

  it("refuses a port that does not exist", () => {
    for (const port of [0, 65_536, 1.5, Number.NaN])
      assert.throws(() => ec2.Port.tcp(port), /does not exist/);
  });
});
