import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { irreplaceable } from "../../../ops/adopt/tainted.ts";
import { KEPT } from "../../../ops/audit/plan.ts";

describe("what a failed apply left tainted", () => {
  const tainted = (type: string, actions: string[], action_reason = "replace_because_tainted") => ({
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

  it("is finished in place where its replacement would meet its own name", () => {
    for (const type of ["aws_lb", "aws_security_group", "aws_rds_cluster_parameter_group"])
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

  it("is replaced where it goes first, has no name of its own, or was meant to be replaced", () => {
    assert.deepEqual(irreplaceable(tainted("aws_db_subnet_group", ["delete", "create"])), []);
    assert.deepEqual(irreplaceable(tainted("aws_eip", ["create", "delete"])), []);
    assert.deepEqual(
      irreplaceable(tainted("aws_lb", ["create", "delete"], "replace_because_cannot_update")),
      [],
    );
  });
});
