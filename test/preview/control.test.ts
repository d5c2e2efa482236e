import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { request } from "node:http";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { DrillRunner, Preview, PreviewEvents } from "../../preview/contract/index.ts";
import { ControlServer } from "../../preview/control.ts";
import { until } from "../support/until.ts";
import { ask } from "./servers.ts";

describe("the page's server", () => {
  let control: ControlServer;
  let url: string;
  let token: string;
  let calls: unknown[][];
  let events: EventEmitter<PreviewEvents>;
  let drilling: string | undefined;

  beforeEach(async () => {
    calls = [];
    drilling = undefined;
    events = new EventEmitter();
    const note =
      (name: string) =>
      (...values: unknown[]) => {
        calls.push([name, ...values]);
        return Promise.resolve();
      };
    const preview = {
      events,
      snapshot: () => ({ ready: true }),
      points: (since: number) => [{ at: since }],
      log: (after: number) => [{ sequence: after }],
      interruptTasks: note("interruptTasks"),
      killDatabase: note("killDatabase"),
      deploy: note("deploy"),
      setSpeed(factor: number) {
        if (factor > 100) throw new Error("speed: choose 1 to 100.");
        calls.push(["setSpeed", factor]);
      },
    } as unknown as Preview;
    const drills: DrillRunner = {
      names: ["spot"],
      get running() {
        return drilling;
      },
      async start(name) {
        drilling = name;
      },
      async cancel() {
        drilling = undefined;
      },
      state: () => ({ running: drilling }),
      result: (name) => (name === "spot" ? { ok: true } : undefined),
    };
    control = new ControlServer();
    url = `http://127.0.0.1:${await control.listen(0)}`;
    control.serve(preview, drills);
    const page = (await ask(url)).body;
    token = /name="preview-token" content="([^"]+)"/.exec(page)![1]!;
  });
  afterEach(() => control.close());

  const post = (
    path: string,
    body: unknown,
    headers: Record<string, string> = { "x-preview-token": token },
  ) => ask(url + path, { ...headers, "content-type": "application/json" }, "POST", JSON.stringify(body));

  it("serves the page's files and nothing beside them", async () => {
    assert.match((await ask(url)).headers["content-type"]!, /text\/html/);
    assert.equal((await ask(`${url}/page.js`)).status, 200);
    for (const path of ["/../control.ts", "/..%2fcontrol.ts", "/control.ts", "/missing.js"])
      assert.equal((await ask(url + path)).status, 404, path);
  });

  it("gives snapshot, points since, and log after", async () => {
    assert.deepEqual(JSON.parse((await ask(`${url}/api/snapshot`)).body), { ready: true });
    assert.deepEqual(JSON.parse((await ask(`${url}/api/points?since=7`)).body), [{ at: 7 }]);
    assert.deepEqual(JSON.parse((await ask(`${url}/api/log?after=3`)).body), [{ sequence: 3 }]);
  });

  it("carries an action out for who has read the page", async () => {
    assert.equal((await post("/api/action/interruptTasks", { count: 2 })).status, 202);
    assert.equal((await post("/api/action/deploy", { environment: { A: "1" } })).status, 202);
    assert.deepEqual(calls, [
      ["interruptTasks", 2],
      ["deploy", { environment: { A: "1" } }],
    ]);
  });

  it("does nothing for another website", async () => {
    assert.equal((await post("/api/action/killDatabase", {}, {})).status, 403);
    assert.equal(
      (await post("/api/action/killDatabase", {}, { "x-preview-token": "x".repeat(token.length) })).status,
      403,
    );
    const rebound = await ask(`${url}/api/snapshot`, { host: "evil.example" });
    assert.equal(rebound.status, 421);
    assert.deepEqual(calls, []);
  });

  it("refuses what is no action, no number and no JSON", async () => {
    assert.equal((await post("/api/action/stop", {})).status, 404);
    assert.equal((await post("/api/action/constructor", {})).status, 404);
    assert.equal((await post("/api/action/interruptTasks", { count: -1 })).status, 400);
    const refused = await post("/api/action/setSpeed", { factor: 1000 });
    assert.deepEqual([refused.status, JSON.parse(refused.body)], [400, { error: "speed: choose 1 to 100." }]);
    const headers = { "x-preview-token": token };
    assert.equal((await ask(`${url}/api/action/killDatabase`, headers, "POST", "{")).status, 400);
    assert.equal(
      (await ask(`${url}/api/action/killDatabase`, headers, "POST", "x".repeat(70_000))).status,
      413,
    );
    assert.deepEqual(calls, []);
  });

  it("starts one drill at a time, ends it, and shows results", async () => {
    assert.equal((await post("/api/drill/nonsense", {})).status, 404);
    assert.equal((await post("/api/drill/spot", {})).status, 202);
    assert.equal((await post("/api/drill/spot", {})).status, 409);
    assert.deepEqual(JSON.parse((await ask(`${url}/api/drill/`)).body), { running: "spot" });
    assert.equal((await ask(`${url}/api/drill/spot`, { "x-preview-token": token }, "DELETE")).status, 202);
    assert.equal(drilling, undefined);
    assert.deepEqual(JSON.parse((await ask(`${url}/api/drill/spot`)).body), { ok: true });
    assert.equal((await ask(`${url}/api/drill/other`)).status, 404);
  });

  it("streams a snapshot at once, then events and points, and lets go of who leaves", async () => {
    let text = "";
    const client = request(`${url}/api/stream`, { agent: false }, (response) =>
      response.on("data", (chunk) => (text += chunk)),
    );
    client.on("error", () => {});
    client.end();
    await until(() => text.includes('event: snapshot\ndata: {"ready":true}\n\n'), "a snapshot");
    events.emit("event", { sequence: 1 } as never);
    events.emit("point", { at: 1 } as never);
    await until(
      () => text.includes('event: event\ndata: {"sequence":1}') && text.includes("event: point\ndata:"),
      "both",
    );
    client.destroy();
    await until(() => events.listenerCount("event") === 0, "nobody listens");
  });
});
