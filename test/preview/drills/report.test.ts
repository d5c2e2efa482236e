import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { withDrills } from "../../../preview/drills/report/figures.ts";
import { writeReport } from "../../../preview/drills/report/report.ts";
import type { DrillResult } from "../../../preview/drills/report/result.ts";
import { drawChart, niceTicks } from "../../../preview/page/chart.js";

const chart = {
  width: 300,
  height: 120,
  times: [0, 1_000, 2_000, 3_000],
  range: [0, 3_000] as [number, number],
  label: (at: number) => `${at / 1000} s`,
};

describe("a time chart", () => {
  it("leaves a gap where there is no value", () => {
    const svg = drawChart({
      ...chart,
      series: [{ name: "p50", style: "main", values: [1, undefined, 3, 4] }],
    });
    const line = /class="line main" d="([^"]*)"/.exec(svg)![1]!;
    assert.equal(line.match(/M/g)!.length, 2);
    assert.equal(line.match(/L/g)!.length, 1);
    assert.match(line, /^M[\d. ]+h4M/, "the one before the gap is a bar that one sees");
  });

  it("stacks areas on each other: the axis reaches their sum", () => {
    const series = [
      { name: "hit", style: "good", values: [60, 60, 60, 60] },
      { name: "miss", style: "miss", values: [60, 60, 60, 60] },
    ];
    assert.match(drawChart({ ...chart, series, stacked: true }), />150</);
    assert.doesNotMatch(drawChart({ ...chart, series }), />1\d\d</);
  });

  it("escapes what it is told", () => {
    const marks = [{ at: 1_000, label: '<script>"&' }];
    assert.doesNotMatch(drawChart({ ...chart, series: [], marks }), /<script>/);
  });

  it("counts its axis in steps of 1, 2 or 5", () => {
    assert.deepEqual(niceTicks(0.9, 3), [0, 0.5, 1]);
    assert.deepEqual(niceTicks(100, 3), [0, 50, 100]);
    assert.deepEqual(niceTicks(1_234, 3), [0, 500, 1_000, 1_500]);
  });
});

describe("the report of drills", () => {
  const figures = { sent: 10, failed: 1, shed: 0, p50: 2, p99: 9, max: 12 };
  const result: DrillResult = {
    name: "spot",
    title: "Spot interruption",
    startedAt: Date.UTC(2026, 0, 2, 3, 4, 5),
    endedAt: Date.UTC(2026, 0, 2, 3, 4, 35),
    speed: 10,
    cpuTarget: 60,
    ok: false,
    rang: ["bypass"],
    checks: [{ name: "failed requests", expected: "0", measured: "1", ok: false }],
    load: {
      sent: 10,
      failed: 1,
      shed: 0,
      unsent: 0,
      phases: [{ name: "during", seconds: 5, reads: figures, writes: { ...figures, sent: 0 } }],
      failures: [{ at: Date.UTC(2026, 0, 2, 3, 4, 9), method: "GET", path: "/v1/products", outcome: "502" }],
    },
    detectSeconds: 0.4,
    recoverSeconds: undefined,
    marks: [{ at: Date.UTC(2026, 0, 2, 3, 4, 8), label: "1 task interrupted" }],
    points: [],
    events: [],
  };

  it("says what did not hold and which request failed, and every chart that it shows exists", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "catalog-report-"));
    t.after(() => rm(folder, { recursive: true }));
    const file = await writeReport(folder, [result]);
    const text = await readFile(file, "utf8");
    assert.match(text, /0 of 1 held/);
    assert.match(text, /failed requests \| 0 \| 1 \| \*\*does not hold\*\*/);
    assert.match(text, /`GET \/v1\/products` \| 502/);
    assert.match(text, /- 3\.0 s: \*\*1 task interrupted\*\*/);
    const shown = [...text.matchAll(/\]\(([a-z-]+\.svg)\)/g)].map(([, name]) => name!);
    assert.equal(shown.length, 6);
    const files = await readdir(join(file, ".."));
    for (const name of shown) assert.ok(files.includes(name), name);
  });

  it("gives its first table to the page of figures, in the place of the one before", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "catalog-report-"));
    t.after(() => rm(folder, { recursive: true }));
    const report = await readFile(
      await writeReport(folder, [result, { ...result, name: "gap", rang: [] }]),
      "utf8",
    );
    const page = await readFile(join(import.meta.dirname, "../../../docs/FIGURES.md"), "utf8");
    const written = withDrills(page, report);
    const [, section] = /<!-- drills: [^\n]+-->\n(.*?)\n<!-- end -->/s.exec(written)!;
    const lines = section!.split("\n");
    assert.match(
      lines[0]!,
      /^\*\*Drills of 2026-01-02 03:04 UTC\*\* \(`bin\/catalog drill all`\): 0 of 2 held, on /,
    );
    assert.deepEqual(
      lines.slice(2).map((line) => line.split(" | ").at(-1)),
      ["Rang |", "--- |", "bypass |", "– |"],
    );
    assert.match(lines[4]!, /^\| `spot` \| \*\*no\*\* \| 10 /);
    assert.equal(withDrills(written, report), written);
    assert.throws(() => withDrills("no marks", report), /no marks/);
  });
});
