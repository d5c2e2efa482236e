import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { Configuration } from "../../../local/terraform-json/index.ts";
import { adopt } from "../../../ops/adopt/adopt.ts";
import { ADOPT_FILE } from "../../../ops/adopt/import-blocks.ts";
import { audit } from "../../../ops/audit/audit.ts";
import { isFinishedInPlace, KEPT } from "../../../ops/audit/plan.ts";
import { makePlan } from "../../../ops/deploy/plan.ts";
import type { Session } from "../../../ops/environment/session.ts";
import { Plan } from "../../../ops/plan-json.ts";
import type { Terraform } from "../../../ops/terraform.ts";
import { fakeAws } from "../support/fake-aws.ts";

const MODULE = { root_module: {} };
const folder = mkdtempSync(path.join(tmpdir(), "tainted-"));
after(() => rmSync(folder, { recursive: true }));

describe("what a failed apply left tainted", () => {
  const tainted = (type: string, actions: string[], action_reason = "replace_because_tainted") => ({
    planned_values: MODULE,
    configuration: MODULE,
    resource_changes: [
      {
        address: `${type}.x`,
        mode: "managed",
        type,
        action_reason,
        change: { actions, before: { id: "x-1" } },
      },
    ],
  });

  const isFinished = (plan: ReturnType<typeof tainted>) => new Plan(plan).resources.some(isFinishedInPlace);

  it("is finished in place where its replacement would meet it, by name, port, priority or as the same rule", () => {
    for (const type of [
      ...["aws_lb", "aws_security_group", "aws_rds_cluster_parameter_group", "aws_wafv2_web_acl"],
      ...[
        "aws_lb_listener",
        "aws_lb_listener_rule",
        "aws_vpc_security_group_ingress_rule",
        "aws_iam_role_policy",
      ],
    ])
      assert.ok(isFinished(tainted(type, ["create", "delete"])), type);
  });

  it("is finished in place where it holds data or serves customers: the audit refuses its replacement", () => {
    for (const type of [...KEPT, "aws_security_group"])
      for (const actions of [
        ["create", "delete"],
        ["delete", "create"],
      ])
        assert.ok(isFinished(tainted(type, actions)), type);
  });

  it("is left by hand in the way that the audit names", () => {
    for (const type of ["aws_lb", "aws_lb_listener"]) {
      const plan = new Plan(tainted(type, ["create", "delete"]));
      const messages = audit(new Configuration({ resource: {} }), plan).flatMap(({ rule, violations }) =>
        rule === "plan-keeps-data" ? violations.map(({ message }) => message) : [],
      );
      assert.match(messages.join(), /^Would be replaced, .*: `bin\/catalog adopt` has/);
    }
  });

  it("is replaced where it goes first, or was meant to be replaced", () => {
    assert.ok(!isFinished(tainted("aws_db_subnet_group", ["delete", "create"])));
    assert.ok(!isFinished(tainted("aws_lb", ["create", "delete"], "replace_because_cannot_update")));
  });

  const gateway = (State: string) => ({
    DescribeNatGatewaysCommand: () => ({ NatGateways: [{ NatGatewayId: "x-1", State }] }),
  });
  const untainted = (type: string) => ({ calls: [`untaint ${type}.x`], imports: undefined });
  const forgotten = { calls: ["forget aws_nat_gateway.x"], imports: undefined };
  for (const [what, type, answers, expected] of [
    ["a balancer, by what a plan shows", "aws_lb", {}, untainted("aws_lb")],
    [
      "a database, by an import, so that the apply sends the password that a restore may lack",
      "aws_rds_cluster",
      {},
      { calls: ["forget aws_rds_cluster.x"], imports: [{ to: "aws_rds_cluster.x", id: "x-1" }] },
    ],
    ["a NAT gateway that came up", "aws_nat_gateway", gateway("available"), untainted("aws_nat_gateway")],
    ["a NAT gateway on its way up", "aws_nat_gateway", gateway("pending"), untainted("aws_nat_gateway")],
    ["a NAT gateway that failed, by a new one", "aws_nat_gateway", gateway("failed"), forgotten],
    ["a NAT gateway that is gone, by a new one", "aws_nat_gateway", {}, forgotten],
  ] as const)
    it(`is finished, by deploy and by adopt: ${what}`, async () => {
      const calls: string[] = [];
      let plans = 0;
      const terraform = {
        plan: async () => ++plans > 0,
        // Once it is tainted no more, nothing is left to do.
        show: async () =>
          JSON.stringify(
            calls.length === 0
              ? tainted(type, ["create", "delete"])
              : { planned_values: MODULE, configuration: MODULE, resource_changes: [] },
          ),
        forget: async (address: string) => void calls.push(`forget ${address}`),
        untaint: async (address: string) => void calls.push(`untaint ${address}`),
      };
      const file = path.join(folder, ADOPT_FILE);
      const done = () => {
        const text = existsSync(file) ? readFileSync(file, "utf8") : "{}";
        rmSync(file, { force: true });
        return { calls: calls.splice(0), imports: (JSON.parse(text) as { import?: unknown }).import };
      };
      const aws = fakeAws(answers);

      const { finished } = await adopt(terraform as unknown as Terraform, folder, aws);
      assert.deepEqual(finished, [{ to: `${type}.x`, id: "x-1" }]);
      assert.deepEqual(done(), expected);

      plans = 0;
      const session = {
        settings: { file: "prod.env", suffix: "prod", values: {} },
        ...{ aws, signal: new AbortController().signal, say: () => {} },
        workspace: {
          ...{ folder, terraform, planFile: "x", file: (name: string) => path.join(folder, name) },
          ...{ synthesise: async () => ({}), init: async () => undefined },
        },
      } as unknown as Session;
      await makePlan(session).catch(() => {}); // the audit wants a whole stack
      assert.equal(plans, 2, "it plans again");
      assert.deepEqual(done(), expected);
    });
});
