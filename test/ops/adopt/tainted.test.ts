import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Configuration } from "../../../local/terraform-json/index.ts";
import { irreplaceable } from "../../../ops/adopt/tainted.ts";
import { audit } from "../../../ops/audit/audit.ts";
import { KEPT } from "../../../ops/audit/plan.ts";
import { Plan } from "../../../ops/plan-json.ts";

describe("what a failed apply left tainted", () => {
  const tainted = (type: string, actions: string[], action_reason = "replace_because_tainted") => ({
    planned_values: {},
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
      assert.deepEqual(irreplaceable(tainted(type, ["create", "delete"])), [{ to: `${type}.x`, id: "x-1" }]);
  });

  it("is finished in place where it holds data or serves customers: the audit refuses its replacement", () => {
    for (const type of [...KEPT, "aws_security_group"])
      for (const actions of [
        ["create", "delete"],
        ["delete", "create"],
      ])
        assert.deepEqual(irreplaceable(tainted(type, actions)), [{ to: `${type}.x`, id: "x-1" }], type);
  });

  it("is left by hand in the way that the audit names", () => {
    for (const type of ["aws_lb", "aws_lb_listener"]) {
      const plan = new Plan(tainted(type, ["create", "delete"]));
      const messages = audit(new Configuration({ resource: {} }), plan).flatMap(({ rule, violations }) =>
        rule === "plan-keeps-data" ? violations.map(({ message }) => message) : [],
      );
      assert.match(
        messages.join(),
        new RegExp(`^Would be replaced, .*: \`terraform untaint ${type}\\.x\` has`),
      );
    }
  });

  it("is replaced where it goes first, or was meant to be replaced", () => {
    assert.deepEqual(irreplaceable(tainted("aws_db_subnet_group", ["delete", "create"])), []);
    assert.deepEqual(
      irreplaceable(tainted("aws_lb", ["create", "delete"], "replace_because_cannot_update")),
      [],
    );
  });
});
