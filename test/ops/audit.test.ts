import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { Configuration, type JsonObject } from "../../local/terraform-json/index.ts";
import { audit, type Finding, RULES } from "../../ops/audit/audit.ts";
import { Plan } from "../../ops/plan-json.ts";
import { EVERYTHING, synthesiseWith, UNSET } from "../support/variants.ts";
import { ALARM_MUTATIONS } from "./support/alarm-mutations.ts";
import { ATTRIBUTE_MUTATIONS } from "./support/attribute-mutations.ts";
import { CHANGE_MUTATIONS } from "./support/change-mutations.ts";
import { Draft } from "./support/draft.ts";
import { KEEPING_MUTATIONS } from "./support/keeping-mutations.ts";
import { ORDER_MUTATIONS } from "./support/order-mutations.ts";
import { PLAN_MUTATIONS, planOf, rotatedAfterFailure } from "./support/plan-draft.ts";
import { RELATION_MUTATIONS } from "./support/relation-mutations.ts";
import { SERVING_MUTATIONS } from "./support/serving-mutations.ts";

const MUTATIONS = { ...SERVING_MUTATIONS, ...KEEPING_MUTATIONS, ...ORDER_MUTATIONS, ...CHANGE_MUTATIONS };
/** What sees most of what the other rules see, from another side: it is asked only where it is meant. */
const isShared = (rule: string) => rule in ATTRIBUTE_MUTATIONS || rule in BETWEEN;
/** What is between resources, and so is noticed by more than one rule. */
const BETWEEN = { ...RELATION_MUTATIONS, ...ALARM_MUTATIONS };
const WITH_STATE = {
  ENVIRONMENT_SUFFIX: "dev",
  STATE_BUCKET: "state-bucket",
  STATE_LOCK_TABLE: "state-locks",
};

const broken = (findings: readonly Finding[]) =>
  findings.filter(({ result }) => result === "fail").map(({ rule }) => rule);
const told = (findings: readonly Finding[]) =>
  findings.flatMap(({ rule, violations }) =>
    violations.map(({ address, message }) => `${rule}: ${address}: ${message}`),
  );

let stack: JsonObject;
let everything: JsonObject;
before(async () => {
  [stack, everything] = await Promise.all([
    synthesiseWith(WITH_STATE),
    synthesiseWith({ ...EVERYTHING, ENVIRONMENT_SUFFIX: "dev" }),
  ]);
});

describe("audit", () => {
  it("finds nothing in the stack as it is", () => {
    assert.deepEqual(told(audit(new Configuration(stack), new Plan(planOf(stack)))), []);
  });

  it("finds nothing in the stack with every option on", async () => {
    assert.deepEqual(told(audit(new Configuration(everything))), []);
  });

  it("has exactly one breaking change for each rule", () => {
    const rules = Object.values(RULES).flatMap((each) => each.map(({ id }) => id));
    const broken = [MUTATIONS, ATTRIBUTE_MUTATIONS, BETWEEN, PLAN_MUTATIONS].flatMap(Object.keys);
    const lacking = rules.filter((id) => !broken.includes(id));
    const strange = broken.filter((id, at) => !rules.includes(id) || broken.indexOf(id) !== at);
    assert.deepEqual({ lacking, strange }, { lacking: [], strange: [] });
  });

  for (const [rule, mutate] of Object.entries(MUTATIONS)) {
    it(`breaks ${rule}, and no other rule, by one change to the configuration`, () => {
      const draft = new Draft(stack);
      mutate(draft);
      const findings = audit(new Configuration(draft.root));
      assert.deepEqual(
        broken(findings).filter((each) => !isShared(each)),
        [rule],
        told(findings).join("\n"),
      );
    });
  }

  for (const [rule, mutate] of Object.entries(ATTRIBUTE_MUTATIONS)) {
    it(`breaks ${rule}, and no other rule, by one change to an attribute`, () => {
      const draft = new Draft(stack);
      mutate(draft);
      const findings = audit(new Configuration(draft.root));
      assert.deepEqual(
        broken(findings).filter((each) => !(each in BETWEEN)),
        [rule],
        told(findings).join("\n"),
      );
    });
  }

  for (const [rule, mutate] of Object.entries(BETWEEN)) {
    it(`breaks ${rule}, whoever else may notice, by one change between resources`, () => {
      const draft = new Draft(everything);
      mutate(draft);
      const findings = audit(new Configuration(draft.root));
      assert.ok(broken(findings).includes(rule), told(findings).join("\n"));
    });
  }

  for (const [rule, mutate] of Object.entries(PLAN_MUTATIONS)) {
    it(`breaks ${rule}, and no other rule, by one change to the plan`, () => {
      const plan = planOf(stack);
      mutate(plan);
      const findings = audit(new Configuration(stack), new Plan(plan));
      assert.deepEqual(broken(findings), [rule], told(findings).join("\n"));
    });
  }

  for (const [version, used, refused] of [
    [2, undefined, false], // there is none before the first
    [2, 1, false],
    [3, undefined, true],
    [3, 1, true],
    [3, 2, false], // it was the image
  ] as const) {
    const tasks = used ? `version ${used}` : "a version that the state does not hold";
    it(`${refused ? "refuses" : "allows"} version ${version} of a secret while tasks run with ${tasks}`, () => {
      const plan = planOf(stack);
      rotatedAfterFailure(plan, version, used);
      const findings = audit(new Configuration(stack), new Plan(plan));
      assert.deepEqual(broken(findings), refused ? ["plan-secret-in-tasks"] : [], told(findings).join("\n"));
    });
  }

  it("names the resource that breaks a rule, and what to change", () => {
    const draft = new Draft(stack);
    MUTATIONS["task-size"]!(draft);
    const [finding] = audit(new Configuration(draft.root)).filter(({ result }) => result === "fail");
    assert.deepEqual(finding?.violations, [
      {
        address: draft.address("aws_ecs_task_definition"),
        message: "Set cpu to 1024 and memory to 2048; they are 1024 and 4096.",
      },
    ]);
  });

  it("names an output that shows a secret", () => {
    const draft = new Draft(stack);
    const token = draft.address("aws_secretsmanager_secret_version", "", "data");
    draft.root.output.token = { value: `\${${token}.secret_string}`, sensitive: true };
    const findings = audit(new Configuration(draft.root));
    assert.match(told(findings).join("\n"), /^origin-token-only: output\.token: Reads data\.[^\n]+$/m);
  });

  it("names the origin token as the one secret that is read in plain", () => {
    const finding = audit(new Configuration(stack)).find(({ rule }) => rule === "origin-token-only");
    assert.deepEqual(
      finding?.exceptions.map(({ address }) => address),
      [new Draft(stack).address("aws_secretsmanager_secret_version", "OriginToken", "data")],
    );
  });
});

describe("catalog check", () => {
  const CATALOG = resolve("bin/catalog.js");
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [CATALOG, "check", ...args], {
      env: { ...process.env, ...UNSET },
    }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
        code,
        stdout,
        stderr,
      }),
    );
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "audit-test-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("synthesises and audits the stack when no file is given", async () => {
    const { code, stdout } = await run();
    assert.equal(code, 0, stdout);
    assert.match(stdout, /pass fargate-spot +Use FARGATE_SPOT capacity provider for cost optimization/);
    assert.match(stdout, /check: \d+ rules checked, (\d+) hold, 0 broken\n$/);
  });

  it("exits with 1 and says which rule is broken, for people and for machines", async () => {
    const draft = new Draft(stack);
    MUTATIONS["no-launch-type"]!(draft);
    const file = join(folder, "cdk.tf.json");
    await writeFile(file, JSON.stringify(draft.root));
    const table = await run(file);
    assert.equal(table.code, 1);
    assert.match(table.stdout, /FAIL no-launch-type/);
    assert.match(table.stdout, /aws_ecs_service\.\w+: Remove launch_type/);
    const json = await run(file, "--json");
    assert.equal(json.code, 1);
    assert.deepEqual(broken(JSON.parse(json.stdout)), ["no-launch-type", "attributes-compute"]);
  });

  it("audits a plan beside the configuration", async () => {
    const [file, plan] = [join(folder, "cdk.tf.json"), join(folder, "plan.json")];
    await writeFile(file, JSON.stringify(stack));
    await writeFile(plan, JSON.stringify(planOf(stack)));
    const { code, stdout } = await run(file, "--plan", plan);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /chosen: Aurora PostgreSQL 16\.8/);
  });

  it("leaves nothing behind when it is interrupted", async () => {
    const temporary = await mkdtemp(join(folder, "tmp-"));
    const child = spawn(process.execPath, [CATALOG, "check"], {
      env: { ...process.env, TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE: "1" },
      stdio: "ignore",
    });
    const ended = once(child, "exit");
    while ((await readdir(temporary)).length === 0) await setTimeout(5);
    child.kill("SIGINT");
    assert.deepEqual(await ended, [130, null]);
    assert.deepEqual(await readdir(temporary), []);
  });

  it("answers a user's mistake with one line", async () => {
    await writeFile(join(folder, "other.json"), "{}");
    for (const file of ["missing.json", join(folder, "other.json")]) {
      const { code, stderr } = await run(file);
      assert.equal(code, 1);
      assert.match(stderr, /^[^\n]+\n$/, `${file}: ${stderr}`);
    }
  });
});
