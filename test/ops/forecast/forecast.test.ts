import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import fc from "fast-check";
import { synthesise } from "../../../local/synthesise.ts";
import { Configuration } from "../../../local/terraform-json/index.ts";
import { readCurve, sale } from "../../../ops/forecast/curve.ts";
import { askOf, COSTS, readCosts, type Shop } from "../../../ops/forecast/demand.ts";
import { toSvg } from "../../../ops/forecast/picture.ts";
import { readService } from "../../../ops/forecast/service.ts";
import { SERVICE } from "./support.ts";

const ROOT = join(import.meta.dirname, "../../..");
const stack = async (settings: Record<string, string> = {}) =>
  readService(new Configuration(await synthesise({ ENVIRONMENT_SUFFIX: "dev", ...settings })));

describe("what is read from the stack", () => {
  it("every setting that the forecast knows of reaches it", async () => {
    const plain = await stack();
    assert.deepEqual(plain, SERVICE);
    const changed = await stack({
      MIN_TASKS: "3",
      MAX_TASKS: "8",
      CPU_TARGET_PERCENT: "50",
      SCALE_OUT_COOLDOWN_SECONDS: "90",
      SCALE_IN_COOLDOWN_SECONDS: "400",
      ON_DEMAND_BASE_TASKS: "2",
      DATABASE_INSTANCE_CLASS: "db.r6g.large",
      SCHEDULED_MINIMUMS: "cron(0 5 27 11 ? 2126)=6; at(2126-12-01T01:00:00)=3",
    });
    assert.deepEqual(
      [
        changed.minimum,
        changed.maximum,
        changed.targetPercent,
        changed.scaleOutCooldown,
        changed.scaleInCooldown,
      ],
      [3, 8, 50, 90, 400],
    );
    assert.deepEqual([changed.onDemandBase, changed.databaseClass], [2, "db.r6g.large"]);
    assert.deepEqual(
      changed.scheduled.map(({ schedule, minimum }) => `${schedule}=${minimum}`),
      ["cron(0 5 27 11 ? 2126)=6", "at(2126-12-01T01:00:00)=3"],
    );
  });

  it("a second service, for when Spot is short, is not taken for the one that follows the load", async () => {
    const { maximum, ...rest } = await stack({ SPOT_FALLBACK_TASKS: "2" });
    const { maximum: alone, ...plain } = await stack();
    assert.deepEqual([maximum, rest], [alone - 2, plain]);
  });

  it("a stack without one of its parts is refused in one sentence that names it", async () => {
    const json = await synthesise({ ENVIRONMENT_SUFFIX: "dev" });
    for (const type of [
      "aws_lb_target_group",
      "aws_ecs_service",
      "aws_appautoscaling_target",
      "aws_ecs_task_definition",
    ]) {
      const { [type]: _, ...resource } = json.resource as Record<string, never>;
      assert.throws(() => readService(new Configuration({ ...json, resource })), { name: "UserError" }, type);
    }
  });
});

describe("a curve", () => {
  it("goes in straight lines from point to point, whatever separates them", () => {
    const expected = [10, 15, 20, 25, 5];
    for (const separator of [",", ";", "\t", " , "]) {
      const lines = ["0,10", "3,25", "4,5"].map((line) => line.replace(",", separator));
      for (const heading of [[], ["minute,requests/s"]])
        for (const end of ["\n", "\r\n"])
          assert.deepEqual(readCurve([...heading, ...lines, ""].join(end), "f"), expected);
    }
  });

  it("each line that is none is named with what to write", () => {
    const bad = [
      "1",
      "x,1",
      "1,x",
      "1,-2",
      "1.5,3",
      "-1,2",
      "1,2,3",
      "1,1e9",
      "1,1000000000",
      "99999,1",
      "1,",
    ];
    for (const line of bad)
      assert.throws(
        () => readCurve(`0,1\n${line}\n30000,4`, "curve.csv"),
        { message: /^curve\.csv:2: "/ },
        line,
      );
    for (const text of ["0,1\n0,2", "0,1\n5,2\n3,1", "1,1\n2,2"])
      assert.throws(() => readCurve(text, "curve.csv"), { message: /^curve\.csv:\d: minute \d/ }, text);
    for (const text of ["", "minute,rate", "0,5"])
      assert.throws(() => readCurve(text, "curve.csv"), { message: /two lines/ }, text);
  });

  it("a sale begins as usual, peaks as asked, and ends above what is usual", () => {
    const curve = sale(1_000);
    assert.equal(Math.max(...curve), 1_000);
    assert.equal(curve[0], 50);
    assert.equal(curve.at(-1), 100);
  });
});

const SHOP: Shop = {
  lists: 0.2,
  searches: 0.1,
  writes: 0.01,
  keys: { product: 1_000, list: 100, search: 1_000 },
  exponent: 1,
  edges: 3,
  slowness: 1,
};
const SECONDS = { edge: 30, task: 30 };

describe("demand", () => {
  it("without caches all is asked of the database, at the mean of what its kinds cost", () => {
    const { hits, misses, missCpu, databaseCpu } = askOf(SHOP, COSTS, { edge: 0, task: 0 })(1_000, 4);
    assert.ok(Math.abs(misses - 1_000) < 1e-6 && Math.abs(hits) < 1e-6);
    const { product, list, search } = COSTS.read;
    const mean = (of: "task" | "database") =>
      0.99 * (0.7 * product[of] + 0.2 * list[of] + 0.1 * search[of]) + 0.01 * COSTS.write[of];
    assert.ok(Math.abs(missCpu / mean("task") - 1) < 1e-9);
    assert.ok(Math.abs(databaseCpu / mean("database") - 1) < 1e-9);
  });

  it("nothing is negative or more than what was asked, and a processor half as fast costs twice as much", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), fc.integer({ min: 1, max: 50 }), (rate, tasks) => {
        const demand = askOf(SHOP, COSTS, SECONDS)(rate, tasks);
        for (const value of Object.values(demand)) assert.ok(value >= 0 && Number.isFinite(value));
        assert.ok(demand.hits + demand.misses <= rate * 1.0001);
        const slow = askOf({ ...SHOP, slowness: 2 }, COSTS, SECONDS)(rate, tasks);
        assert.ok(Math.abs(slow.missCpu - 2 * demand.missCpu) <= 1e-12);
      }),
    );
  });

  it("the bench's own report goes before what stands here; another file is refused", () => {
    const report = {
      results: [{ workload: "search", contender: "API, uncached", serverUs: 1, databaseUs: 2 }],
    };
    const costs = readCosts(JSON.stringify(report), "api.json");
    assert.ok(
      Math.abs(costs.read.search.task - 1e-6) < 1e-15 && Math.abs(costs.read.search.database - 2e-6) < 1e-15,
    );
    assert.deepEqual(costs.read.list, COSTS.read.list);
    for (const text of ["", "{}", "[]", "null", "nonsense"])
      assert.throws(() => readCosts(text, "x.json"), { message: /^x\.json is not what/ }, text);
  });
});

describe("the command", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "catalog-forecast-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  const forecast = (...args: string[]) =>
    promisify(execFile)(process.execPath, [
      join(ROOT, "bin/catalog.js"),
      "forecast",
      "--suffix",
      "dev",
      ...args,
    ]).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );

  it("says by its exit code whether the curve is carried, prints each minute, and draws it", async () => {
    const curve = join(folder, "curve.csv");
    const picture = join(folder, "picture.svg");
    await writeFile(curve, "0,10\n20,20\n");
    const { code, stdout } = await forecast("--curve", curve, "--json", "--svg", picture);
    assert.equal(code, 0);
    const { minutes, summary, choices } = JSON.parse(stdout);
    assert.equal(minutes.length, 21);
    assert.equal(summary.carries, true);
    assert.deepEqual(choices[0].settings, { MIN_TASKS: "2" });
    const svg = await readFile(picture, "utf8");
    assert.equal(svg, toSvg(minutes));
    assert.ok(svg.startsWith("<svg ") && svg.endsWith("</svg>\n"));
    const flooded = await forecast("--peak", "1000000", "--every", "60");
    assert.equal(flooded.code, 2);
    assert.match(flooded.stdout, /do not carry it/);
  });

  it("refuses what cannot be with one line that says what to write", async () => {
    const wrong = [
      ["--curve", join(folder, "none.csv")],
      ["--costs", join(folder, "none.json")],
      ["--begins", "tomorrow"],
      ["--begins", "2026-13-27T05:30:00Z"],
      ["--spot-taken", "5"],
      ["--spot-taken", "a:b"],
      ["--lists", "0.9", "--searches", "0.2"],
      ["--peak", "many"],
    ];
    for (const args of wrong) {
      const { code, stdout, stderr } = await forecast(...args);
      assert.equal(code, 1, args.join(" "));
      assert.equal(stdout, "");
      assert.equal(stderr.trim().split("\n").length, 1, stderr);
    }
  });
});
