import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import { SUFFIX } from "../../../lib/aws/core/names.ts";
import { synthesise } from "../../../local/synthesise.ts";
import type { JsonObject } from "../../../local/terraform-json/index.ts";
import type { Item } from "../../../ops/inventory/item.ts";
import { auditLeftovers, leftovers } from "../../../ops/leftovers/leftovers.ts";
import {
  type IsNameOf,
  matcher,
  namesOf,
  type Template,
  templatesOfStack,
} from "../../../ops/leftovers/names.ts";
import { unlisted } from "../../../ops/leftovers/tagged.ts";
import { OPTIONS } from "../../../ops/rehearsal/settings.ts";
import { type Answers, fakeAws } from "../support/fake-aws.ts";

/** A suffix as the settings allow it. */
const suffix = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,14}[a-z0-9])?$/);
/** Names as the stack gives them, with the placeholder. */
const TEMPLATES = [
  "vpc-zzsuffixzz",
  "db-password-zzsuffixzz-v1",
  "nat-gateway-1-zzsuffixzz",
  "/aws/ecs/containerinsights/cluster-zzsuffixzz/performance",
  "bucket-logs-0-zzsuffixzz",
].map((name): Template => ({ type: "any", name }));
const nameFor = ({ name }: Template, of: string) => name.replace("zzsuffixzz", of);

/** Everything of an environment, as the inventory tells it; what is composed, for each kind of it once. */
function itemsOf(suffix: string, templates: readonly Template[]): Item[] {
  const cluster = `cluster-${suffix}`;
  const services = [`service-api-${suffix}`, `service-api-fallback-${suffix}`].map(
    (name) => `${cluster}/${name}`,
  );
  const composed: Item[] = [
    ...services.map((id) => ({ type: "aws_ecs_service", id, name: id.split("/")[1]! })),
    ...services.flatMap((service) => [
      ...["policy", "scheduled_action"].map((kind) => ({
        type: `aws_appautoscaling_${kind}`,
        id: "x",
        name: "x",
        parent: `service/${service}`,
      })),
      { type: "aws_appautoscaling_target", id: `service/${service}`, name: `service/${service}` },
    ]),
    ...services.map((service) => {
      const id = `TargetTracking-service/${service}-AlarmHigh-c1429150-a943-4365-a895-d1478db391f6`;
      return { type: "aws_cloudwatch_metric_alarm", id, name: id };
    }),
    ...["aws_lb_listener 80", "aws_lb_listener_rule 80 1"].map((each) => {
      const [type = "", ...rest] = each.split(" ");
      return { type, id: "x", name: [`alb-${suffix}`, ...rest].join(" ") };
    }),
    { type: "aws_route", id: "x", name: `route-table-private-1-${suffix} 0.0.0.0/0` },
    { type: "aws_route_table_association", id: "x", name: `subnet-private-1-${suffix}` },
    { type: "aws_db_cluster_snapshot", id: "x", name: `rds:aurora-${suffix}-2026-11-28-10-00` },
  ];
  const kinds = new Set(composed.map(({ type }) => type));
  const named = templates.filter(({ type, name }) => !kinds.has(type) && !name.startsWith("catalog-api"));
  return [...named.map((each) => ({ type: each.type, id: "x", name: nameFor(each, suffix) })), ...composed];
}

/** What of another environment's items an environment takes for its own. */
const taken = (suffix: string, others: readonly Item[], templates: readonly Template[]): string[] =>
  leftovers(others, matcher(suffix, templates)).map(({ type, name }) => `${suffix} takes ${type} ${name}`);

describe("the names of an environment", () => {
  it("are its own, and no other environment's", () => {
    fc.assert(
      fc.property(fc.constantFrom(...TEMPLATES), suffix, suffix, (template, one, other) => {
        fc.pre(one !== other);
        const isNameOf = matcher(one, TEMPLATES);
        assert.ok(isNameOf(nameFor(template, one), "any"));
        assert.ok(!isNameOf(nameFor(template, other), "any"));
      }),
      { numRuns: 2000 },
    );
  });

  it("leave everything of another environment alone, though its suffix is made of this one's names", async () => {
    const templates = await templatesOfStack();
    const words = [
      ...new Set(
        templates.flatMap(({ name }) => {
          const parts = name
            .replace("zzsuffixzz", "")
            .split(/[-/.]+/)
            .filter(Boolean);
          return parts.flatMap((_, from) =>
            parts.slice(from).map((_, more) => parts.slice(from, from + more + 1).join("-")),
          );
        }),
      ),
      "2",
      "v2",
      "0",
      "eu",
    ];
    const pairs = ["a"].flatMap((one) =>
      words.flatMap((word) =>
        [`${word}-${one}`, `${one}-${word}`, word + one, one + word].map((other) => [one, other] as const),
      ),
    );
    const valid = pairs.filter(([one, other]) => one !== other && SUFFIX.test(other));
    const wrong = valid.flatMap(([one, other]) => {
      const [ofOne, ofOther] = [itemsOf(one, templates), itemsOf(other, templates)];
      return [
        ...taken(one, ofOther, templates),
        ...taken(other, ofOne, templates),
        ...(leftovers(ofOne, matcher(one, templates)).length === ofOne.length
          ? []
          : [`${one} has not all of its own`]),
      ];
    });
    assert.ok(valid.length > 1000, `only ${valid.length} pairs were tried`);
    assert.deepEqual(wrong, []);
  });

  it("may have other numbers than today's settings give", () => {
    const isNameOf = matcher("prod", TEMPLATES);
    for (const name of ["db-password-prod-v12", "nat-gateway-2-prod", "bucket-logs-123456789012-prod"])
      assert.ok(isNameOf(name), name);
    for (const name of ["vpc-prod2", "vpc-prod-eu", "vpc-eu-prod", "my-vpc-prod", "vpc-prod-v1"])
      assert.ok(!isNameOf(name), name);
  });

  it("are all that the synthesised stack gives", async () => {
    const stack = await synthesise({
      ENVIRONMENT_SUFFIX: "pr-42",
      ...OPTIONS,
      DATABASE_ENGINE_VERSION: "17.6",
      DATABASE_PASSWORD_VERSION: "7",
    });
    const isNameOf = await namesOf("pr-42");
    for (const [type, resources] of Object.entries(
      stack.resource as Record<string, Record<string, JsonObject>>,
    )) {
      for (const { name, tags } of Object.values(resources)) {
        const tag = (tags as { Name?: string } | undefined)?.Name;
        for (const each of [name, tag])
          if (typeof each === "string" && !each.includes("${"))
            assert.ok(isNameOf(each, type), `${type} ${each}`);
      }
    }
    for (const name of [
      "alarm-origin-certificate-pr-42",
      "alarm-viewer-certificate-pr-42",
      "parameter-group-aurora17-pr-42",
    ])
      assert.ok(isNameOf(name), name);
  });
});

describe("--clean", () => {
  const log = { type: "aws_cloudwatch_log_group", id: "/aws/ecs/api-prod", name: "/aws/ecs/api-prod" };
  /** The account's answers with a log group of the environment, and what was deleted. */
  const account = (more: Answers) => {
    const deleted: unknown[] = [];
    const aws = fakeAws({
      DescribeLogGroupsCommand: () => ({ logGroups: [{ logGroupName: log.id }] }),
      "edge DescribeLogGroupsCommand": () => ({}),
      DeleteLogGroupCommand: ({ logGroupName }) => deleted.push(logGroupName),
      ...more,
    });
    return { aws, deleted };
  };

  it("deletes logs when nothing but remnants is left", async () => {
    const { aws, deleted } = account({
      DescribeDBClusterSnapshotsCommand: () => ({
        DBClusterSnapshots: [{ DBClusterSnapshotIdentifier: "snapshot-20261128t1000-prod" }],
      }),
    });
    const { left, kept } = await auditLeftovers(aws, "prod", { clean: true });
    assert.deepEqual(deleted, [log.id]);
    assert.deepEqual([left, kept.map(({ type }) => type)], [[], ["aws_db_cluster_snapshot"]]);
  });

  for (const [what, answers] of Object.entries<Answers>({
    "a database": {
      DescribeDBClustersCommand: () => ({ DBClusters: [{ DBClusterIdentifier: "aurora-prod" }] }),
    },
    "a VPC": {
      DescribeVpcsCommand: () => ({ Vpcs: [{ VpcId: "v", Tags: [{ Key: "Name", Value: "vpc-prod" }] }] }),
    },
    "an alarm": {
      DescribeAlarmsCommand: () => ({ MetricAlarms: [{ AlarmName: "alarm-origin-certificate-prod" }] }),
    },
    "what is known by its tags alone": {
      GetResourcesCommand: () => ({
        ResourceTagMappingList: [
          { ResourceARN: "arn:aws:wafv2:us-east-1:1:x", Tags: [{ Key: "Name", Value: "vpc-prod" }] },
        ],
      }),
    },
  }))
    it(`deletes nothing while ${what} is left`, async () => {
      const { aws, deleted } = account(answers);
      const { removed } = await auditLeftovers(aws, "prod", { clean: true });
      assert.deepEqual([deleted, removed], [[], []]);
    });
});

describe("leftovers", () => {
  let isNameOf: IsNameOf;
  before(async () => {
    isNameOf = await namesOf("prod");
  });
  const item = (type: string, id: string, name: string, more: Partial<Item> = {}): Item => ({
    type,
    id,
    name,
    ...more,
  });

  it("are found by name, whatever an ARN or id looks like", () => {
    const items = [
      item("aws_eip", "eipalloc-1", "nat-gateway-1-prod"),
      item("aws_eip", "eipalloc-2", "nat-gateway-1-prod2"),
      item("aws_lb_listener_rule", "arn:rule", "alb-prod 80 1"),
      item(
        "aws_appautoscaling_target",
        "service/cluster-prod/service-api-prod",
        "service/cluster-prod/service-api-prod",
      ),
      ...["prod", "prod2"].map((of) => {
        const watched = `service/cluster-${of}/service-api-${of}`;
        const id = `TargetTracking-${watched}-AlarmHigh-c1429150-a943-4365-a895-d1478db391f6`;
        return item("aws_cloudwatch_metric_alarm", id, id);
      }),
      item("aws_db_cluster_snapshot", "s", "rds:aurora-prod-2026-11-28-10-00"),
      item("aws_db_cluster_snapshot", "s2", "rds:aurora-prod2-2026-11-28-10-00"),
    ];
    assert.deepEqual(
      leftovers(items, isNameOf).map(({ id }) => id),
      [
        "eipalloc-1",
        "arn:rule",
        "service/cluster-prod/service-api-prod",
        "TargetTracking-service/cluster-prod/service-api-prod-AlarmHigh-c1429150-a943-4365-a895-d1478db391f6",
        "s",
      ],
    );
  });

  it("are all that stands in the environment's VPC, named or not", () => {
    const items = [
      item("aws_vpc", "vpc-1", "vpc-prod"),
      item("aws_vpc", "vpc-2", "vpc-prod2"),
      item("aws_subnet", "subnet-1", "", { vpc: "vpc-1" }),
      item("aws_security_group", "sg-2", "somebody's", { vpc: "vpc-1" }),
      item("aws_subnet", "subnet-3", "", { vpc: "vpc-2" }),
    ];
    assert.deepEqual(
      leftovers(items, isNameOf).map(({ id }) => id),
      ["vpc-1", "subnet-1", "sg-2"],
    );
  });
});

describe("what outlives an environment", () => {
  const account = fakeAws({
    DescribeDBClusterSnapshotsCommand: () => ({
      DBClusterSnapshots: [
        "snapshot-20261128t1000-prod",
        "snapshot-20261128t1000-prod2",
        "rds:aurora-prod-2026-11-28-10-00",
      ].map((DBClusterSnapshotIdentifier) => ({ DBClusterSnapshotIdentifier })),
    }),
    ListRolesCommand: () => ({
      Roles: [
        "role-github-prod",
        "role-github-prod2",
        "role-plan-prod",
        "role-plan-eu-prod",
        "role-task-prod",
      ].map((RoleName) => ({
        RoleName,
        Path: "/",
      })),
    }),
  });

  it("is told apart from what is left: its data, and the roles that plan and deploy it", async () => {
    const { left, kept } = await auditLeftovers(account, "prod");
    assert.deepEqual(
      [kept, left].map((items) => items.map(({ id }) => id)),
      [
        ["snapshot-20261128t1000-prod", "role-github-prod", "role-plan-prod"],
        ["rds:aurora-prod-2026-11-28-10-00", "role-task-prod"],
      ],
    );
  });
});

describe("what is known by its tags alone", () => {
  it("is not an environment's that its tag does not name", async () => {
    const named = (id: string, Suffix?: string) => ({
      ResourceARN: `arn:aws:wafv2:us-east-1:1:global/webacl/${id}`,
      Tags: [
        { Key: "Name", Value: "aurora-writer-a" },
        ...(Suffix ? [{ Key: "Suffix", Value: Suffix }] : []),
      ],
    });
    const aws = fakeAws({
      GetResourcesCommand: () => ({
        ResourceTagMappingList: [named("mine", "a"), named("other", "writer-a"), named("first-release")],
      }),
      "edge GetResourcesCommand": () => ({}),
    });
    const { left } = await auditLeftovers(aws, "a");
    assert.deepEqual(
      left.map(({ id }) => id.split("/").at(-1)),
      ["mine", "first-release"],
    );
  });

  it("is what no list has, in whatever form the list gives its id", () => {
    const tagged = [
      "arn:aws:ec2:eu-north-1:1:subnet/subnet-1",
      "arn:aws:logs:eu-north-1:1:log-group:/aws/ecs/api-prod",
      "arn:aws:s3:::bucket-logs-1-prod",
      "arn:aws:wafv2:us-east-1:1:global/webacl/web-acl-prod/9",
      "arn:aws:ecs:eu-north-1:1:task-definition/task-api-prod:1",
    ].map((id) => item(id));
    const items = ["subnet-1", "/aws/ecs/api-prod", "bucket-logs-1-prod"].map(item);
    assert.deepEqual(
      unlisted(tagged, items).map(({ id }) => id),
      ["arn:aws:wafv2:us-east-1:1:global/webacl/web-acl-prod/9"],
    );
  });
  const item = (id: string): Item => ({ type: "t", id, name: id });
});
