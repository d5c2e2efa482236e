import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { synthesise } from "../../../local/synthesise.ts";
import type { JsonObject } from "../../../local/terraform-json/index.ts";
import { Configuration } from "../../../local/terraform-json/index.ts";
import { changesOf } from "../../../ops/deploy/changes.ts";
import { effectsInWords, effectsOf } from "../../../ops/deploy/effects.ts";
import { cost } from "../../../ops/estimate/cost.ts";
import { timetable } from "../../../ops/estimate/time.ts";

const stackOf = (settings: Record<string, string> = {}) =>
  synthesise({ ENVIRONMENT_SUFFIX: "dev", ...settings });

/** An alarm's query over an expression has an empty list for its metric. */
function asPlanned(body: JsonObject): JsonObject {
  const { metric_query: queries } = body as { metric_query?: JsonObject[] };
  return queries ? { ...body, metric_query: queries.map((query) => ({ metric: [], ...query })) } : body;
}

/** A plan that brings what `from` has to what `to` has, as Terraform writes one: blocks that are not there are empty lists. */
function planned(from: JsonObject | undefined, to: JsonObject) {
  const bodies = (stack: JsonObject | undefined) =>
    new Map(
      (stack ? new Configuration(stack).resources : []).map(({ address, type, body }) => [
        address,
        { type, body: asPlanned(body) },
      ]),
    );
  const [before, after] = [bodies(from), bodies(to)];
  const json = {
    planned_values: {},
    resource_changes: [...new Set([...before.keys(), ...after.keys()])].map((address) => {
      const [old, next] = [before.get(address), after.get(address)];
      const same = JSON.stringify(old) === JSON.stringify(next);
      const actions = !old ? ["create"] : !next ? ["delete"] : same ? ["no-op"] : ["update"];
      const { type } = (next ?? old)!;
      return {
        ...{ address, mode: "managed", type },
        change: { actions, before: old?.body ?? null, after: next?.body ?? null },
      };
    }),
  } as unknown as JsonObject;
  return { stack: to, json, changes: changesOf(json) };
}

describe("the effects of a plan", () => {
  it("are the whole time and cost of a first deployment", async () => {
    const stack = await stackOf();
    const effects = effectsOf(planned(undefined, stack));
    const config = new Configuration(stack);
    assert.equal(effects.likely, timetable(config, "create").likely);
    assert.ok(Math.abs(effects.monthly - cost(config).monthly) < 0.005);
    assert.equal(effects.more, effects.monthly);
  });

  it("are the difference to what runs", async () => {
    const [one, two] = [await stackOf({ NAT_GATEWAYS: "1" }), await stackOf()];
    const [dearer, cheaper] = [effectsOf(planned(one, two)), effectsOf(planned(two, one))];
    const difference = cost(new Configuration(two)).monthly - cost(new Configuration(one)).monthly;
    assert.ok(difference > 30);
    assert.ok(Math.abs(dearer.more - difference) < 0.005 && Math.abs(cheaper.more + difference) < 0.005);
    // The gateway is made, or taken away; nothing else takes its time.
    assert.ok(dearer.likely > 100 && dearer.likely < 200, String(dearer.likely));
    assert.ok(cheaper.likely > 30 && cheaper.likely < 100, String(cheaper.likely));
    assert.match(effectsInWords(dearer, planned(one, two).changes)[1]!, /\d+ more than what runs/);
    assert.match(effectsInWords(cheaper, planned(two, one).changes)[1]!, /\d+ less than what runs/);
  });

  it("are those of a rolling deployment for another image, at the same cost", async () => {
    const images = ["1", "2"].map((tag) =>
      stackOf({ CONTAINER_IMAGE: `registry.example/catalog-api:${tag}` }),
    );
    const [one, two] = await Promise.all(images);
    const changed = planned(one, two!);
    const service = changed.changes.find(({ type }) => type === "aws_ecs_task_definition");
    assert.ok(service);
    const effects = effectsOf(changed);
    assert.equal(effects.more, 0);
    assert.match(effectsInWords(effects, changed.changes)[1]!, /as much as what runs/);
  });

  it("are not spoken of where nothing changes", async () => {
    const stack = await stackOf();
    const same = planned(stack, stack);
    assert.deepEqual(effectsInWords(effectsOf(same), same.changes), []);
  });
});
