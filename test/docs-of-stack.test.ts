import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { synthesise } from "../local/synthesise.ts";
import { Configuration } from "../local/terraform-json/index.ts";
import { withOutputs, withTables } from "../ops/guide/tables.ts";
import { OPTIONS } from "../ops/rehearsal/settings.ts";
import { ROTATIONS } from "../ops/rotate.ts";
import {
  type DocumentedStack,
  documented,
  documentedStack,
  guide,
  type Resource,
  ROOT,
} from "./support/guides.ts";
import { codesIn } from "./support/markdown.ts";

let stack: DocumentedStack["stack"];
let text: string;
before(async () => {
  ({ stack, text } = await documentedStack());
});

const of = (type: string): Resource[] => Object.values(stack.resource[type] ?? {});
/** The resource that an expression refers to. */
const target = (expression: string): Resource => {
  const [, type, name] = /\$\{(aws_\w+)\.(\w+)\./.exec(expression)!;
  return stack.resource[type!]![name!]!;
};

describe("what the guides say of the stack", () => {
  it("every alarm, every outage and every query, as `npm run docs` writes them", async () => {
    const file = join(ROOT, "docs/MONITORING_GUIDE.md");
    const config = new Configuration(await synthesise({ ENVIRONMENT_SUFFIX: "guide", ...OPTIONS }));
    const written = readFileSync(file, "utf8");
    assert.equal(written, withTables(written, config));
  });

  it("every output and the long waits, as `npm run docs` writes them", () => {
    const written = guide("DEPLOYMENT_GUIDE").text;
    const types = new Set(Object.keys(stack.resource));
    assert.equal(written, withOutputs(written, stack.output as Parameters<typeof withOutputs>[1], types));
  });

  it("a playbook for every alarm", () => {
    const { anchors } = guide("MONITORING_GUIDE");
    for (const { alarm_description } of of("aws_cloudwatch_metric_alarm")) {
      const [, anchor] = /docs\/MONITORING_GUIDE\.md#([a-z0-9-]+)$/.exec(alarm_description) ?? [];
      assert.ok(anchor && anchors.includes(anchor), alarm_description);
    }
  });

  it("every rule of every security group, and no other", () => {
    const name = (expression: string) => `\`${documented(target(expression).name)}\``;
    const rows = ["ingress", "egress"].flatMap((direction) =>
      of(`aws_vpc_security_group_${direction}_rule`).map((rule) => ({
        "security group": name(rule.security_group_id),
        direction,
        peer: rule.referenced_security_group_id
          ? name(rule.referenced_security_group_id)
          : (rule.cidr_ipv4 ?? "prefix list `com.amazonaws.global.cloudfront.origin-facing`"),
        port: rule.from_port === rule.to_port ? String(rule.from_port) : "a range",
        description: rule.description,
      })),
    );
    assert.deepEqual(sorted(guide("SECURITY_GUIDE").table("Network")), sorted(rows));
  });

  it("every statement of every role, and no other", () => {
    const statements = of("aws_iam_role_policy").flatMap(({ role, policy }) =>
      (JSON.parse(policy).Statement as Resource[]).map(({ Action, Resource }) => ({
        role: `\`${documented(target(role).name)}\``,
        action: (Action as string[]).map((action) => `\`${action}\``).join(", "),
        on: (Resource as string[]).map((resource) => {
          if (resource === "*") return "`*`: AWS has no resource-level permission for it";
          const { name } = target(resource);
          if (!name.startsWith("/")) return `\`${documented(name)}\``;
          return name.includes("/vpc/") ? "the flow log's log group" : "the API's log group";
        })[0],
      })),
    );
    assert.deepEqual(sorted(guide("SECURITY_GUIDE").table("Identity")), sorted(statements));
    assert.equal(of("aws_iam_role").length, 3); // the one without statements is named beneath the table
  });

  it("every secret, and whether it is in the state", () => {
    const inState = new Set(
      Object.values(stack.data.aws_secretsmanager_secret_version ?? {}).map(
        ({ secret_id }) => target(target(secret_id).secret_id).name,
      ),
    );
    const rows = guide("SECURITY_GUIDE").table("Secrets");
    assert.deepEqual(
      sorted(rows.map((row) => [row.secret, row["in the state"] === "no"])),
      sorted(
        of("aws_secretsmanager_secret").map(({ name }) => [`\`${documented(name)}\``, !inState.has(name)]),
      ),
    );
  });

  it("every secret that can be rotated, and how many secrets there are", () => {
    const settings = guide("SECURITY_GUIDE")
      .table("Rotation")
      .flatMap(({ how }) => codesIn(how!));
    assert.deepEqual(settings.sort(), Object.values(ROTATIONS).sort());
    for (const name of ["SECURITY_GUIDE", "ERROR_RESOLUTION_SUMMARY"]) {
      const line = name === "SECURITY_GUIDE" ? /leaked \|.*/g : /already scheduled for deletion.*/g;
      const said = guide(name).text.match(line)!.join();
      for (const setting of settings) assert.ok(said.includes(`\`${setting}\``), `${name}: ${setting}`);
    }
    assert.equal(of("aws_secretsmanager_secret").length, 4);
    assert.match(guide("SECURITY_GUIDE").text, /can read all four\./);
    assert.match(guide("DEPLOYMENT_GUIDE").text, /\bfour\s+secrets are then made anew/);
  });

  it("every log group", () => {
    const rows = guide("MONITORING_GUIDE")
      .table("Logs")
      .flatMap(({ where }) => codesIn(where!));
    for (const { name } of of("aws_cloudwatch_log_group")) assert.ok(rows.includes(documented(name)), name);
  });

  it("every graph of the dashboard, in order", () => {
    const board = of("aws_cloudwatch_dashboard").find(({ dashboard_name }) =>
      /^dashboard-/.test(dashboard_name),
    );
    const { widgets } = JSON.parse(board!.dashboard_body);
    assert.deepEqual(
      guide("MONITORING_GUIDE")
        .table("Dashboard")
        .map(({ graph }) => graph),
      widgets
        .filter(({ type }: Resource) => type === "metric")
        .map(({ properties }: Resource) => properties.title),
    );
  });

  it("every metric that the API writes, with its unit", () => {
    const source = readFileSync(join(ROOT, "api/src/plugins/telemetry.ts"), "utf8");
    const written = [...source.matchAll(/\["(\w+)", "(Count|Milliseconds|Percent|Bytes)"/g)].map(
      ([, name, unit]) => `${name} ${unit}`,
    );
    const rows = guide("MONITORING_GUIDE").table("The API's metrics");
    assert.ok(written.length > 10);
    assert.deepEqual(
      rows.flatMap(({ metric, unit }) => codesIn(metric!).map((name) => `${name} ${unit}`)).sort(),
      written.sort(),
    );
  });

  it("which cache policy stands where", () => {
    const [distribution] = of("aws_cloudfront_distribution");
    const rows = guide("DEPLOYMENT_GUIDE").table("The cache policy that is not what it is called");
    const [disabled, byOrigin, optimized] = rows.map(({ id }) => codesIn(id!)[0]);
    assert.equal(distribution!.default_cache_behavior.cache_policy_id, disabled);
    for (const { cache_policy_id } of distribution!.ordered_cache_behavior)
      assert.equal(cache_policy_id, byOrigin);
    assert.ok(!text.includes(optimized!));
  });

  it("every guide that there is", () => {
    const readme = readFileSync(join(ROOT, "README.md"), "utf8");
    for (const file of readdirSync(join(ROOT, "docs")).filter((each) => each.endsWith(".md"))) {
      assert.ok(readme.includes(`docs/${file}`), `the README does not lead to docs/${file}`);
    }
  });
});

function sorted<T>(items: T[]): T[] {
  return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
