import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Call } from "../../../../ops/rehearsal/call.ts";
import { World } from "../../../../ops/rehearsal/changes/world.ts";
import { answer, input, query } from "../support.ts";

type Step = readonly [service: string, operation: string, sent?: object | string, answered?: object | string];

/** A call in the form that each service speaks. */
function call([service, operation, sent = {}]: Step): Call {
  const body =
    typeof sent === "string"
      ? Buffer.from(sent)
      : /^(ecs|secretsmanager|application-autoscaling|wafv2)$/.test(service)
        ? input(sent)
        : query(sent as Record<string, string>);
  return { service, operation, body, method: "POST", path: "/", headers: {}, region: "eu-north-1" };
}

function violations(steps: readonly Step[], since = 0): string[] {
  const world = new World({ certificates: { "origin.example.com": "cert-1" } });
  steps.forEach((step, index) => {
    if (index === since) world.begin();
    world.observe(call(step), answer(step[3] ?? {}));
  });
  return world.violations;
}

const edge = (protocol: string, host: string, token: string, webAcl = "") =>
  `<Origins><DomainName>${host}</DomainName><OriginProtocolPolicy>${protocol}</OriginProtocolPolicy><HTTPPort>80</HTTPPort><HTTPSPort>443</HTTPSPort><HeaderValue>${token}</HeaderValue></Origins><WebACLId>${webAcl}</WebACLId>`;

const LISTENER = (arn: string, port: string, certificate = ""): Step => [
  "elasticloadbalancing",
  "CreateListener",
  {
    LoadBalancerArn: "lb",
    Port: port,
    ...(certificate && { "Certificates.member.1.CertificateArn": certificate }),
  },
  `<ListenerArn>${arn}</ListenerArn>`,
];
const RULE = (arn: string, listener: string, token: string): Step => [
  "elasticloadbalancing",
  "CreateRule",
  { ListenerArn: listener, "Conditions.member.1.HttpHeaderConfig.Values.member.1": token },
  `<RuleArn>${arn}</RuleArn>`,
];
const ADMIT = (id: string, group: string, port: string): Step => [
  "ec2",
  "AuthorizeSecurityGroupIngress",
  { GroupId: group, "IpPermissions.1.FromPort": port, "IpPermissions.1.PrefixListIds.1.PrefixListId": "pl" },
  `<securityGroupRuleId>${id}</securityGroupRuleId>`,
];
const EDGE = (config: string): Step => ["cloudfront", "POST /2020-05-31/distribution", config];
const UPDATE = (config: string): Step => ["cloudfront", "PUT /2020-05-31/distribution/E1/config", config];
const DEPLOYED: Step = ["cloudfront", "GET /2020-05-31/distribution/E1", "", "<Status>Deployed</Status>"];

/** A served environment by HTTP, and the calls that bring it to HTTPS. */
const SERVED: readonly Step[] = [
  [
    "elasticloadbalancing",
    "CreateLoadBalancer",
    { "SecurityGroups.member.1": "sg-80", "SecurityGroups.member.2": "sg-443" },
    "<LoadBalancerArn>lb</LoadBalancerArn>",
  ],
  LISTENER("l-80", "80"),
  RULE("r-80", "l-80", "token-1"),
  ADMIT("a-80", "sg-80", "80"),
  EDGE(edge("http-only", "lb.aws", "token-1")),
];
const TO_HTTPS: readonly Step[] = [
  ADMIT("a-443", "sg-443", "443"),
  LISTENER("l-443", "443", "cert-1"),
  RULE("r-443", "l-443", "token-1"),
  UPDATE(edge("https-only", "origin.example.com", "token-1")),
  DEPLOYED,
  ["elasticloadbalancing", "DeleteRule", { RuleArn: "r-80" }],
  ["elasticloadbalancing", "DeleteListener", { ListenerArn: "l-80" }],
  ["ec2", "RevokeSecurityGroupIngress", { "SecurityGroupRuleId.1": "a-80" }],
];

const TASK = (revision: string, secret: string): Step => [
  "ecs",
  "RegisterTaskDefinition",
  {
    executionRoleArn: "arn:aws:iam::1:role/execution",
    containerDefinitions: [
      {
        image: "123456789012.dkr.ecr.eu-north-1.amazonaws.com/shop:1",
        secrets: [{ valueFrom: secret }],
      },
    ],
  },
  { taskDefinition: { taskDefinitionArn: revision } },
];
const GRANT = (name: string, action: string, resource: string): Step => [
  "iam",
  "PutRolePolicy",
  {
    RoleName: "execution",
    PolicyName: name,
    PolicyDocument: JSON.stringify({ Statement: [{ Action: [action], Resource: [resource] }] }),
  },
];
const SECRET = (arn: string): Step => ["secretsmanager", "CreateSecret", {}, { ARN: arn }];
const REPOSITORY = "arn:aws:ecr:eu-north-1:123456789012:repository/shop";
const DESCRIBED = (revision: string): Step => [
  "ecs",
  "DescribeServices",
  {},
  { services: [{ serviceName: "api", taskDefinition: revision }] },
];
const RUNNING: readonly Step[] = [
  SECRET("secret-1"),
  GRANT("read-1", "secretsmanager:GetSecretValue", "secret-1"),
  GRANT("pull", "ecr:BatchGetImage", REPOSITORY),
  TASK("task:1", "secret-1"),
  ["ecs", "CreateService", { serviceName: "api", taskDefinition: "task:1" }],
];
const ROTATED: readonly Step[] = [
  SECRET("secret-2"),
  GRANT("read-2", "secretsmanager:GetSecretValue", "secret-2"),
  TASK("task:2", "secret-2"),
  ["ecs", "UpdateService", { service: "api", taskDefinition: "task:2" }],
  DESCRIBED("task:2"),
  ["iam", "DeleteRolePolicy", { RoleName: "execution", PolicyName: "read-1" }],
  ["secretsmanager", "DeleteSecret", { SecretId: "secret-1" }],
];

/** The steps with one moved to another place. */
function moved(steps: readonly Step[], from: number, to: number): Step[] {
  const result = [...steps];
  result.splice(to, 0, ...result.splice(from, 1));
  return result;
}

describe("the world of a live change", () => {
  it("finds nothing where everything new is there before the old goes", () => {
    assert.deepEqual(violations([...SERVED, ...TO_HTTPS], SERVED.length), []);
    assert.deepEqual(violations([...RUNNING, ...ROTATED], RUNNING.length), []);
  });

  const CASES: readonly [what: string, steps: readonly Step[], since: number, says: RegExp][] = [
    [
      "the old listener goes before the edge has moved",
      [...SERVED, ...moved(TO_HTTPS, 6, 3)],
      5,
      /present way: no listener on 80/,
    ],
    [
      "the old listener goes before the edge is deployed",
      [...SERVED, ...moved(TO_HTTPS, 6, 4)],
      5,
      /present way: no listener on 80/,
    ],
    [
      "the edge moves before the new listener is there",
      [...SERVED, ...moved(TO_HTTPS, 3, 0)],
      5,
      /next way: no listener on 443/,
    ],
    [
      "CloudFront is no longer admitted on the old port",
      [...SERVED, ...moved(TO_HTTPS, 7, 0)],
      5,
      /present way: CloudFront is not admitted on 80/,
    ],
    [
      "CloudFront is not admitted yet on the new port",
      [...SERVED, ...moved(TO_HTTPS, 0, 4)],
      5,
      /next way: CloudFront is not admitted on 443/,
    ],
    [
      "the balancer is not in the group that admits",
      [
        ...SERVED,
        [
          "elasticloadbalancing",
          "SetSecurityGroups",
          { LoadBalancerArn: "lb", "SecurityGroups.member.1": "sg-443" },
        ],
      ],
      5,
      /not admitted on 80/,
    ],
    [
      "a listener changes its port in place",
      [...SERVED, ["elasticloadbalancing", "ModifyListener", { ListenerArn: "l-80", Port: "443" }]],
      5,
      /no listener on 80/,
    ],
    [
      "a rule's port changes in place",
      [
        ...SERVED,
        [
          "ec2",
          "ModifySecurityGroupRules",
          {
            "SecurityGroupRule.1.SecurityGroupRuleId": "a-80",
            "SecurityGroupRule.1.SecurityGroupRule.FromPort": "443",
          },
        ],
      ],
      5,
      /not admitted on 80/,
    ],
    [
      "the edge's token is taken out of the rule",
      [
        ...SERVED,
        [
          "elasticloadbalancing",
          "ModifyRule",
          { RuleArn: "r-80", "Conditions.member.1.HttpHeaderConfig.Values.member.1": "token-2" },
        ],
      ],
      5,
      /no rule accepts its token/,
    ],
    [
      "the edge sends a token that no rule knows yet",
      [...SERVED, UPDATE(edge("http-only", "lb.aws", "token-2"))],
      5,
      /next way: no rule accepts its token/,
    ],
    [
      "the certificate is not for the origin's name",
      [
        ...SERVED,
        ...TO_HTTPS.map((step) => (step[1] === "CreateListener" ? LISTENER("l-443", "443", "cert-2") : step)),
      ],
      5,
      /no certificate for origin.example.com/,
    ],
    [
      "a web ACL goes that the edge still has",
      [
        ["wafv2", "CreateWebACL", {}, { Summary: { ARN: "acl/1" } }],
        ...SERVED.slice(0, 4),
        EDGE(edge("http-only", "lb.aws", "token-1", "acl/1")),
        ["wafv2", "DeleteWebACL", { Id: "1" }],
      ],
      6,
      /web ACL is gone/,
    ],
    [
      "a NAT gateway goes before its route has moved",
      [
        ["ec2", "CreateNatGateway", {}, "<natGatewayId>n</natGatewayId>"],
        ["ec2", "CreateRoute", { RouteTableId: "t", NatGatewayId: "n" }],
        ["ec2", "DeleteNatGateway", { NatGatewayId: "n" }],
      ],
      2,
      /leads to a NAT gateway that is gone/,
    ],
    [
      "a secret goes before the service has moved",
      [...RUNNING, ...moved(ROTATED, 6, 3)],
      5,
      /task:1: secret-1 is deleted/,
    ],
    [
      "a secret goes before the service is stable",
      [...RUNNING, ...moved(ROTATED, 6, 4)],
      5,
      /task:1: secret-1 is deleted/,
    ],
    [
      "the secret of a deployment that was rolled back goes",
      [...RUNNING, ...ROTATED.map((step) => (step[1] === "DescribeServices" ? DESCRIBED("task:1") : step))],
      5,
      /task:1: .*secret-1/,
    ],
    [
      "the right to read the old secret goes early",
      [...RUNNING, ...moved(ROTATED, 5, 0)],
      5,
      /task:1: its role may not read secret-1/,
    ],
    [
      "the right to pull the old image goes",
      [...RUNNING, GRANT("pull", "ecr:BatchGetImage", `${REPOSITORY}-2`)],
      5,
      /may not pull from/,
    ],
    [
      "both members of the database restart",
      ["a", "b"].map(
        (id): Step => [
          "rds",
          "ModifyDBInstance",
          { DBInstanceIdentifier: id, DBInstanceClass: "db.r6g.large" },
        ],
      ),
      0,
      /a and b restart in one apply/,
    ],
    [
      "the database is deleted",
      [["rds", "DeleteDBCluster", { DBClusterIdentifier: "a" }]],
      0,
      /takes away what holds data/,
    ],
    ["a log bucket is deleted", [["s3", "DELETE /bucket-logs"]], 0, /takes away what holds data/],
  ];
  for (const [what, steps, since, says] of CASES) {
    it(`notices when ${what}`, () => {
      assert.match(violations(steps as Step[], since).join("\n"), says);
    });
  }

  it("lets go what the change is meant to take away, and nothing like it", () => {
    const world = new World({ certificates: {} });
    world.begin(/^DeleteLogGroup$/);
    world.observe(call(["logs", "DeleteLogGroup"]), answer({}));
    assert.deepEqual(world.violations, []);
    world.observe(call(["rds", "DeleteDBInstance", {}]), answer({}));
    assert.equal(world.violations.length, 1);
  });

  it("knows the bounds of scaling as they are now", () => {
    const world = new World({ certificates: {} });
    const register = (sent: object) =>
      world.observe(call(["application-autoscaling", "RegisterScalableTarget", sent]), answer({}));
    register({ MinCapacity: 2, MaxCapacity: 10, ResourceId: "service/c/s" });
    register({ MaxCapacity: 6, ResourceId: "service/c/s" });
    assert.deepEqual(world.bounds, { min: 2, max: 6 });
  });
});
