import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findAdoptable, importBlocks } from "../../ops/adoption.ts";
import type { Item } from "../../ops/inventory/index.ts";
import type { JsonObject } from "../../ops/terraform-json.ts";

interface Resource {
  address: string;
  values: JsonObject;
  actions?: string[];
  references?: Record<string, string[]>;
}

/** A plan as `terraform show -json` writes it, with what adoption reads. */
function plan(resources: Resource[], inState: { type: string; values: JsonObject }[] = []): JsonObject {
  return {
    resource_changes: resources.map(({ address, values, actions = ["create"] }) => ({
      address,
      mode: "managed",
      type: address.split(".")[0]!,
      change: { actions, after: values },
    })),
    planned_values: {
      root_module: { resources: resources.map(({ address, values }) => ({ address, values })) },
    },
    prior_state: {
      values: { root_module: { resources: inState.map((one) => ({ mode: "managed", ...one })) } },
    },
    configuration: {
      root_module: {
        resources: resources.map(({ address, references = {} }) => ({
          address,
          expressions: Object.fromEntries(
            Object.entries(references).map(([key, of]) => [key, { references: of }]),
          ),
        })),
      },
    },
  };
}

const vpc = { address: "aws_vpc.V", values: { tags: { Name: "vpc-dev" } } };

describe("findAdoptable", () => {
  it("matches by the Name tag what has no name of its own", () => {
    const items: Item[] = [
      { type: "aws_vpc", id: "vpc-1", name: "vpc-dev" },
      { type: "aws_vpc", id: "vpc-2", name: "vpc-prod" },
      { type: "aws_vpc", id: "vpc-3", name: "" },
    ];
    assert.deepEqual(findAdoptable(plan([vpc]), items), {
      imports: [{ to: "aws_vpc.V", id: "vpc-1" }],
      ambiguous: [],
    });
  });

  it("matches by its name what has one", () => {
    const role = { address: "aws_iam_role.R", values: { name: "role-dev", tags: { Name: "other" } } };
    const items = [{ type: "aws_iam_role", id: "role-dev", name: "role-dev" }];
    assert.deepEqual(findAdoptable(plan([role]), items).imports, [{ to: "aws_iam_role.R", id: "role-dev" }]);
  });

  it("matches what belongs to another resource by the name of that resource, though its id is unknown", () => {
    const table = { address: "aws_route_table.T", values: { tags: { Name: "rt-dev" } } };
    const route = {
      address: "aws_route.R",
      values: { destination_cidr_block: "0.0.0.0/0" },
      references: { route_table_id: ["aws_route_table.T.id", "aws_route_table.T"] },
    };
    const balancer = { address: "aws_lb.L", values: { name: "alb-dev" } };
    const listener = {
      address: "aws_lb_listener.P",
      values: { port: 80 },
      references: { load_balancer_arn: ["aws_lb.L.arn", "aws_lb.L"] },
    };
    const rule = {
      address: "aws_lb_listener_rule.F",
      values: { priority: 1 },
      references: { listener_arn: ["aws_lb_listener.P.arn", "aws_lb_listener.P"] },
    };
    const items = [
      { type: "aws_route", id: "rtb-1_0.0.0.0/0", name: "rt-dev 0.0.0.0/0" },
      { type: "aws_lb_listener_rule", id: "arn:rule", name: "alb-dev 80 1" },
    ];
    assert.deepEqual(findAdoptable(plan([table, route, balancer, listener, rule]), items).imports, [
      { to: "aws_route.R", id: "rtb-1_0.0.0.0/0" },
      { to: "aws_lb_listener_rule.F", id: "arn:rule" },
    ]);
  });

  it("leaves alone what the state knows already, by id or by ARN", () => {
    const items = [
      { type: "aws_vpc", id: "vpc-1", name: "vpc-dev" },
      { type: "aws_vpc", id: "vpc-2", name: "vpc-dev" },
    ];
    const known = plan([vpc], [{ type: "aws_vpc", values: { id: "vpc-1" } }]);
    assert.deepEqual(findAdoptable(known, items).imports, [{ to: "aws_vpc.V", id: "vpc-2" }]);
  });

  it("takes over nothing that is changed, replaced or destroyed", () => {
    const items = [{ type: "aws_vpc", id: "vpc-1", name: "vpc-dev" }];
    for (const actions of [["update"], ["delete", "create"], ["delete"], ["no-op"]]) {
      assert.deepEqual(findAdoptable(plan([{ ...vpc, actions }]), items).imports, []);
    }
  });

  it("leaves the choice between two of the same name to a person", () => {
    const items = [
      { type: "aws_vpc", id: "vpc-1", name: "vpc-dev" },
      { type: "aws_vpc", id: "vpc-2", name: "vpc-dev" },
    ];
    assert.deepEqual(findAdoptable(plan([vpc]), items), {
      imports: [],
      ambiguous: [{ to: "aws_vpc.V", ids: ["vpc-1", "vpc-2"] }],
    });
  });

  it("takes the newest revision of a task definition", () => {
    const task = { address: "aws_ecs_task_definition.T", values: { family: "task-dev" } };
    const items = ["arn:task-dev:1", "arn:task-dev:2"].map((id) => ({
      type: "aws_ecs_task_definition",
      id,
      name: "task-dev",
    }));
    assert.deepEqual(findAdoptable(plan([task]), items).imports, [
      { to: "aws_ecs_task_definition.T", id: "arn:task-dev:2" },
    ]);
  });

  it("does not import what AWS overwrites without harm", () => {
    const alarm = {
      address: "aws_cloudwatch_metric_alarm.A",
      values: { alarm_name: "a-dev", tags: { Name: "a-dev" } },
    };
    const items = [{ type: "aws_cloudwatch_metric_alarm", id: "a-dev", name: "a-dev" }];
    assert.deepEqual(findAdoptable(plan([alarm]), items).imports, []);
  });
});

describe("importBlocks", () => {
  it("writes the blocks as Terraform JSON", () => {
    assert.deepEqual(JSON.parse(importBlocks([{ to: "aws_vpc.V", id: "vpc-1" }])), {
      import: [{ to: "aws_vpc.V", id: "vpc-1" }],
    });
  });
});
