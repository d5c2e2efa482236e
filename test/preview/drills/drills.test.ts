import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findDrill } from "../../../preview/drills/find-drill.ts";
import type { DrillResult } from "../../../preview/drills/report/result.ts";
import { runDrill } from "../../../preview/drills/run.ts";
import { PreviewDrills } from "../../../preview/drills/runner.ts";
import { RemoteDrills } from "../../../preview/drills/service.ts";
import { until } from "../../support/until.ts";
import { type Running, runPreview } from "../running.ts";
import { ask, serve } from "../servers.ts";

const program = fileURLToPath(new URL("../../../bin/catalog.js", import.meta.url));
const timeout = 180_000;

let running: Running;
let drills: PreviewDrills;
before(
  async () => {
    running = await runPreview(20, (preview) => {
      drills = new PreviewDrills(preview);
      return drills;
    });
  },
  { timeout },
);
after(() => running?.close());

async function carryOut(name: string): Promise<DrillResult> {
  return runDrill(running.preview, findDrill(name), { short: true });
}

/** Says which figure does not hold, and what went wrong, when one does not. */
function assertHolds({ ok, checks, load, events }: DrillResult): void {
  const broken = checks.filter((check) => !check.ok);
  const log = events.map(({ message }) => message);
  assert.ok(ok, JSON.stringify({ broken, failures: load.failures, log }, undefined, 2));
}

const named = ({ checks }: DrillResult, name: string) => checks.find((check) => check.name === name);

describe("the drills, on a real preview of the real stack", { timeout: 600_000 }, () => {
  it("spot: no request fails while tasks are taken away, and as many run afterwards", {
    timeout,
  }, async () => {
    const result = await carryOut("spot");
    assertHolds(result);
    const interrupted = result.events.filter(({ kind }) => kind === "task.interrupted");
    assert.equal(interrupted.length, 2, "one task, then half of two");
    assert.ok(result.recoverSeconds! > 0);
  });

  it("failover: reads go on without a database, writes say that they cannot and recover", {
    timeout,
  }, async () => {
    const result = await carryOut("failover");
    assertHolds(result);
    assert.ok(Number(named(result, "failed writes while the database is away")?.measured) > 0);
    assert.deepEqual(
      result.events.map(({ kind }) => kind).filter((kind) => kind.startsWith("database.")),
      ["database.unavailable", "database.starting", "database.available"],
    );
  });

  it("gap: a task that hears nothing of another's writes is as old as promised, and never goes back", {
    timeout,
  }, async () => {
    assertHolds(await carryOut("gap"));
  });

  it("bad-deploy: the circuit breaker brings the old version back, and nobody notices", {
    timeout,
  }, async () => {
    const result = await carryOut("bad-deploy");
    assertHolds(result);
    assert.ok(result.events.some(({ kind }) => kind === "deployment.rollback"));
  });

  it("forbidden: who looks at the alarms knows that everybody gets 403, and a rotation ends it", {
    timeout,
  }, async () => {
    assertHolds(await carryOut("forbidden"));
  });

  it("slow-reader: the reader's alarm rings and the writer's does not", { timeout }, async () => {
    assertHolds(await carryOut("slow-reader"));
  });

  it("sick-deploy: an alarm rolls back a version that passes its health check", { timeout }, async () => {
    const result = await carryOut("sick-deploy");
    assertHolds(result);
    assert.ok(result.rang.includes("deployment-failed"));
  });

  it("rotate: nobody is turned away while every credential is replaced, and the new ones are in use", {
    timeout,
  }, async () => {
    assertHolds(await carryOut("rotate"));
  });

  it("migrate: a migration that fails leaves the old tasks serving, and two deployments apply one once", {
    timeout,
  }, async () => {
    const result = await carryOut("migrate");
    assertHolds(result);
    assert.ok(result.events.some(({ message }) => /container migrate exited with code 1/.test(message)));
  });

  it("a figure that does not hold fails the drill, and says what was measured", { timeout }, async () => {
    // Whoever asks for one path gets through; the others are refused, so that the alarm rings as it shall.
    const { balancerUrl, edgeUrl } = running.preview;
    const open = await serve(async ({ url = "", method }, response) => {
      const { status } = await ask((url === "/health" ? edgeUrl : balancerUrl) + url, {}, method);
      response.writeHead(status).end();
    });
    try {
      const preview = { ...running.preview, balancerUrl: open.url };
      const result = await runDrill(preview, findDrill("bypass"), { short: true });
      assert.equal(result.ok, false);
      const check = named(result, "answers to requests without the header");
      assert.equal(check?.ok, false);
      assert.match(check.measured, /200 × \d+/);
    } finally {
      await open.stop();
    }
  });

  for (const name of ["failover", "stall"]) {
    it(`${name}, cancelled, puts right what it had broken`, { timeout }, async () => {
      const other = new PreviewDrills(running.preview); // without results of earlier tests
      const { preview } = running;
      await other.start(name);
      await assert.rejects(other.start("spot"), /under way/);
      await until(() => preview.snapshot().database.status === "unavailable", "the fault", 60);
      await other.cancel();
      assert.equal(other.running, undefined);
      assert.equal(preview.snapshot().database.status, "available");
      assert.match(other.state().error ?? "", /cancelled/);
      assert.equal(other.result(name), undefined);
    });
  }

  it("bypass, driven by a terminal that finds the running preview: 403 for whoever does not come through the edge", {
    timeout,
  }, async () => {
    const remote = await RemoteDrills.find(running.stateFolder);
    assert.equal(remote?.controlUrl, running.preview.controlUrl);
    await remote.start("bypass");
    await assert.rejects(remote.start("spot"), /under way/);
    assert.equal((await remote.state()).running?.name, "bypass");
    await until(() => drills.running === undefined, "the drill's end", 60);
    const result = await remote.result("bypass");
    assertHolds(result);
    assert.ok(result.points.length > 0);
    const [summary] = (await remote.state()).results;
    assert.equal(summary?.name, "bypass");
    assert.ok(!("points" in summary), "the page has the series already");
  });

  it("nothing that a drill wrote stays in the catalogue", { timeout }, async () => {
    const response = await fetch(`${running.preview.edgeUrl}/v1/products/preview-drill`);
    assert.equal(response.status, 404);
  });
});

describe("catalog drill", () => {
  const run = (...args: string[]) => promisify(execFile)(process.execPath, [program, "drill", ...args]);

  it("says in one line what to change about a drill that there is not", async () => {
    await assert.rejects(run("nonsense"), (error: Error & { code: number; stderr: string }) => {
      assert.equal(error.code, 1);
      assert.doesNotMatch(error.stderr, /^\s+at /m);
      assert.equal(error.stderr.trim().split("\n").length, 1);
      return true;
    });
  });
});
