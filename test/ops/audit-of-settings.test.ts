/** What may be set passes the audit: a rule that refuses a permitted setting stands between its user and every deployment. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkInstanceClass } from "../../lib/aws/rds/index.ts";
import { readSettings } from "../../lib/settings.ts";
import { Configuration, type JsonObject } from "../../local/terraform-json/index.ts";
import { audit } from "../../ops/audit/audit.ts";
import { database } from "../../ops/audit/database.ts";
import { Plan } from "../../ops/plan-json.ts";
import { CHANGES } from "../../ops/rehearsal/changes/table.ts";
import { SecretVersions } from "../../ops/rehearsal/changes/versions.ts";
import { type Environment, pairsOfSettings } from "../support/setting-values.ts";
import { stackOf } from "../support/stack.ts";
import { Draft } from "./support/draft.ts";
import { planFrom } from "./support/plan-draft.ts";

const synthesised = new Map<string, JsonObject>();
function stack(environment: Environment): JsonObject {
  const key = JSON.stringify(Object.entries(environment).sort());
  const made =
    synthesised.get(key) ??
    stackOf(readSettings({ CONTAINER_IMAGE: "registry.example/shop:1", ...environment }));
  synthesised.set(key, made);
  return made;
}

const broken = (...of: Parameters<typeof audit>) =>
  audit(...of)
    .filter(({ result }) => result === "fail")
    .flatMap(({ rule, violations }) =>
      violations.map(({ address, message }) => `${rule}: ${address}: ${message}`),
    );

const FAMILIES = [
  ...["t2", "t3", "t4g", "t5", "m5", "m8g", "r3", "r4", "r5", "r5b", "r6g", "r6gd", "r6i", "r6id", "r6z"],
  ...["r7g", "r7i", "r7z", "r8g", "r8gd", "r8i", "r8z", "r9g", "r10i", "x1", "x2g", "x2iedn", "x4g", "z9"],
];
const SIZES = ["", "micro", "small", "medium", "mediun", "Large", "large", "metal"].concat(
  ["", "2", "3", "4", "8", "12", "16", "24", "32", "48", "96"].map((many) => `${many}xlarge`),
);

describe("the audit", () => {
  it("takes each instance class that the settings take, and no other", () => {
    const isTaken = (instanceClass: string) => {
      try {
        checkInstanceClass(instanceClass);
        return true;
      } catch {
        return false;
      }
    };
    const rule = database.find(({ id }) => id === "instance-class")!;
    for (const instanceClass of FAMILIES.flatMap((family) => SIZES.map((size) => `db.${family}.${size}`))) {
      const draft = new Draft(stack({ ENVIRONMENT_SUFFIX: "dev" }));
      draft.first("aws_rds_cluster_instance").instance_class = instanceClass;
      const holds = rule.over === "configuration" && rule.check(new Configuration(draft.root)).length === 0;
      assert.equal(holds, isTaken(instanceClass), instanceClass);
    }
  });

  it("refuses no setting, with whatever other it is set", () => {
    const environments = pairsOfSettings();
    assert.ok(environments.length > 30);
    for (const environment of environments)
      assert.deepEqual(broken(new Configuration(stack(environment))), [], JSON.stringify(environment));
  });

  it("refuses no suffix that other names have in them", () => {
    for (const suffix of ["80", "443", "1", "v1", "reader-1", "aurora", "logs", "ingress", "alarms"])
      assert.deepEqual(broken(new Configuration(stack({ ENVIRONMENT_SUFFIX: suffix }))), [], suffix);
  });

  for (const { name, from = {}, to, backRefusedBy } of CHANGES.filter(({ refusedBy }) => !refusedBy))
    it(`refuses no plan of ${name}, there${backRefusedBy ? `, and the way back by ${backRefusedBy}` : " or back"}`, () => {
      const set = new SecretVersions().row();
      const [before, there, back] = [set(from), set(to), set(from)].map(stack) as [
        JsonObject,
        JsonObject,
        JsonObject,
      ];
      const refusals = (old: JsonObject, next: JsonObject) =>
        broken(new Configuration(next), new Plan(planFrom(old, next)));
      assert.deepEqual(refusals(before, there), []);
      const rules = refusals(there, back).map((each) => each.split(":")[0]);
      assert.deepEqual(rules, backRefusedBy ? [backRefusedBy] : []);
    });
});
