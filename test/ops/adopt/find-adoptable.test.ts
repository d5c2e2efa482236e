import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { JsonObject } from "../../../local/terraform-json/index.ts";
import { findAdoptable, isUnclear } from "../../../ops/adopt/find-adoptable.ts";
import { importBlocks } from "../../../ops/adopt/import-blocks.ts";
import type { Item } from "../../../ops/inventory/item.ts";

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
    const { imports, ambiguous, strays } = findAdoptable(plan([vpc]), items);
    assert.deepEqual(
      { imports, ambiguous, strays },
      { imports: [{ to: "aws_vpc.V", id: "vpc-1" }], ambiguous: [], strays: [] },
    );
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
    assert.deepEqual(findAdoptable(known, items), {
      suffix: "",
      imports: [{ to: "aws_vpc.V", id: "vpc-2" }],
      ambiguous: [],
      strays: [],
    });
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
    assert.deepEqual(findAdoptable(plan([vpc]), items).ambiguous, [
      { to: "aws_vpc.V", ids: ["vpc-1", "vpc-2"] },
    ]);
  });

  it("names the environment by the suffix of its cluster", () => {
    const cluster = { address: "aws_ecs_cluster.C", values: { name: "cluster-pr-42" } };
    assert.equal(findAdoptable(plan([cluster]), []).suffix, "pr-42");
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

/** One of each type that stands in a VPC, with what tells it from others. */
const CHILDREN = [
  ...[
    "subnet",
    "internet_gateway",
    "eip",
    "nat_gateway",
    "route_table",
    "vpc_endpoint",
    "flow_log",
    "security_group",
  ].map((kind) => ({
    address: `aws_${kind}.X`,
    values: { tags: { Name: `${kind}-dev` } } as JsonObject,
    name: `${kind}-dev`,
  })),
  { address: "aws_lb.X", values: { name: "alb-dev" }, name: "alb-dev" },
  { address: "aws_lb_target_group.X", values: { name: "tg-dev" }, name: "tg-dev" },
  { address: "aws_db_subnet_group.X", values: { name: "group-dev" }, name: "group-dev" },
  { address: "aws_rds_cluster.X", values: { cluster_identifier: "aurora-dev" }, name: "aurora-dev" },
  { address: "aws_rds_cluster_instance.X", values: { identifier: "writer-dev" }, name: "writer-dev" },
  { address: "aws_ecs_service.X", values: { name: "service-dev" }, name: "service-dev" },
];

describe("findAdoptable, between two VPCs", () => {
  const child = fc.constantFrom(...CHILDREN);
  const itemOf = ({ address, name }: (typeof CHILDREN)[number], vpc: string): Item => ({
    type: address.split(".")[0]!,
    id: `${name}-in-${vpc}`,
    name,
    vpc,
  });
  const vpcs = (...ids: string[]): Item[] =>
    ids.map((id) => ({ type: "aws_vpc", id, name: "vpc-dev", vpc: undefined }));
  const ours = [{ type: "aws_vpc", values: { id: "vpc-ours" } }];
  const standing = { ...vpc, actions: ["no-op"] };

  it("takes over what stands in the state's VPC, and names what stands in another as a stray", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(child, { minLength: 1 }),
        fc.infiniteStream(fc.boolean()),
        (children, coin) => {
          const items = children.map((one) => itemOf(one, coin.next().value ? "vpc-ours" : "vpc-theirs"));
          const found = findAdoptable(plan([standing, ...children], ours), items);
          assert.deepEqual(
            found.imports.map(({ id }) => id),
            items.filter((item) => item.vpc === "vpc-ours").map(({ id }) => id),
          );
          assert.deepEqual(
            found.strays,
            items.filter((item) => item.vpc === "vpc-theirs"),
          );
        },
      ),
    );
  });

  it("takes over nothing that stands in a VPC while the stack's own is still to be made", () => {
    fc.assert(
      fc.property(child, (one) => {
        const found = findAdoptable(plan([vpc, one]), [itemOf(one, "vpc-theirs")]);
        assert.deepEqual([found.imports, found.strays.length], [[], 1]);
      }),
    );
  });

  it("takes over what stands in the one VPC that it takes over", () => {
    fc.assert(
      fc.property(child, (one) => {
        const items = [...vpcs("vpc-1"), itemOf(one, "vpc-1")];
        assert.equal(findAdoptable(plan([vpc, one]), items).imports.length, 2);
      }),
    );
  });

  it("takes over nothing in either while it is open which of two VPCs is the stack's", () => {
    fc.assert(
      fc.property(child, (one) => {
        const items = [...vpcs("vpc-1", "vpc-2"), itemOf(one, "vpc-1")];
        const { imports, ambiguous, strays } = findAdoptable(plan([vpc, one]), items);
        // Nor is it told to be deleted: it may stand in the right one.
        assert.deepEqual([imports, ambiguous.map(({ to }) => to), strays], [[], ["aws_vpc.V"], []]);
      }),
    );
  });

  it("does not pass over a second VPC or address beside the one in the state", () => {
    const address = { address: "aws_eip.A", values: { tags: { Name: "nat-dev" } }, actions: ["no-op"] };
    const state = [...ours, { type: "aws_eip", values: { id: "eipalloc-1" } }];
    const items = [
      ...vpcs("vpc-ours", "vpc-theirs"),
      ...["eipalloc-1", "eipalloc-2"].map((id) => ({ type: "aws_eip", id, name: "nat-dev" })),
    ];
    const found = findAdoptable(plan([standing, address], state), items);
    assert.deepEqual(
      found.strays.map(({ id }) => id),
      ["vpc-theirs", "eipalloc-2"],
    );
    assert.ok(isUnclear(found));
  });
});

describe("importBlocks", () => {
  it("writes the blocks as Terraform JSON", () => {
    assert.deepEqual(JSON.parse(importBlocks([{ to: "aws_vpc.V", id: "vpc-1" }])), {
      import: [{ to: "aws_vpc.V", id: "vpc-1" }],
    });
  });
});
