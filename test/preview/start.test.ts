import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { PreviewEvent, Snapshot } from "../../preview/contract/index.ts";
import { startPreview } from "../../preview/start.ts";
import { isAlive } from "../support/processes.ts";
import { until } from "../support/until.ts";
import { ask, serve } from "./servers.ts";
import { broken, brokenContainer, type Json, only, setVariable, synthesise } from "./stack-json.ts";

const main = fileURLToPath(new URL("../../bin/catalog.js", import.meta.url));
const products = 60;

let stateFolder: string;
let stack: Json;
before(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), "preview-state-"));
  await chmod(stateFolder, 0o755); // where the tests run as root, PostgreSQL has an account of its own
  stack = await synthesise();
});
after(() => rm(stateFolder, { recursive: true, force: true }));

/** Starts a preview of a stack that does not work; returns why. */
async function failure(copy: Json): Promise<string> {
  const stackFile = join(stateFolder, "broken.tf.json");
  await writeFile(stackFile, JSON.stringify(copy));
  const error = await startPreview({ stackFile, stateFolder, port: 0, speed: 20, products }).then(
    async (preview) => {
      await preview.stop({ force: true });
      return undefined;
    },
    (error: Error) => error,
  );
  assert.ok(error, "it started");
  return error.message;
}

/**
 * With five seconds, at this speed, in which failures of a new task do not count: enough to log what is wrong. Three of them
 * make a deployment a failed one, and all are started at once.
 */
function impatient(copy: Json): Json {
  return broken(copy, "aws_ecs_service", (service) => {
    service.health_check_grace_period_seconds = 100;
    service.desired_count = 3;
  });
}

describe("the preview of the real stack", { timeout: 300_000 }, () => {
  it("serves the catalogue at the edge, from its cache, and refuses who goes round the edge", async () => {
    const preview = await startPreview({ stateFolder, port: 0, products });
    try {
      const first = await ask(`${preview.edgeUrl}/v1/products`);
      assert.equal(first.status, 200);
      assert.ok(JSON.parse(first.body).items.length > 0);
      assert.equal((await ask(`${preview.edgeUrl}/v1/products`)).headers["x-cache"], "Hit from cloudfront");
      assert.equal((await ask(`${preview.balancerUrl}/v1/products`)).status, 403);
      const { tasks, service, database, ready } = preview.snapshot();
      assert.deepEqual([ready, service.running, database.status], [true, 2, "available"]);
      assert.ok(tasks.every(({ health }) => health === "healthy"));
    } finally {
      await preview.stop({ force: true });
    }
    assert.equal(preview.snapshot().tasks.filter(({ status }) => status !== "STOPPED").length, 0);
    assert.equal(preview.snapshot().database.status, "stopped");
  });

  it("names the task definition when a DB_* variable is wrong", async () => {
    const { address } = only(stack, "aws_ecs_task_definition");
    assert.equal(
      await failure(impatient(brokenContainer(stack, (it) => setVariable(it, "DB_NAME", "catalogue")))),
      `${address}: no task became healthy: exited with code 1: database "catalogue" does not exist.`,
    );
  });

  it("names the path when the health check's is wrong", async () => {
    const message = await failure(
      impatient(broken(stack, "aws_lb_target_group", (it) => (it.health_check.path = "/healthz"))),
    );
    assert.match(message, /no task became healthy: health check GET \/healthz answered 404, not 200/);
  });

  it("says that nothing listens when the container has another port than the service", async () => {
    const message = await failure(impatient(brokenContainer(stack, (it) => setVariable(it, "PORT", "8080"))));
    assert.ok(message.startsWith(only(stack, "aws_ecs_task_definition").address), message);
    assert.match(message, /health check GET \/health failed: nothing listens on the port/);
  });

  it("names the rule that the edge does not meet when the origin header is missing", async () => {
    const message = await failure(
      broken(stack, "aws_cloudfront_distribution", (it) => delete it.origin[0].custom_header),
    );
    assert.ok(
      message.startsWith(`${only(stack, "aws_cloudfront_distribution").address}: the edge answers 403`),
      message,
    );
    assert.ok(message.includes(only(stack, "aws_lb_listener_rule").address), message);
    assert.match(message, /asks for the header x-origin-verify/);
  });

  it("names the cluster when the stack's PostgreSQL is of another major version", async () => {
    const copy = broken(stack, "aws_rds_cluster", (it) => (it.engine_version = "17.4"));
    assert.match(
      await failure(copy),
      /^aws_rds_cluster\.\S+: engine_version: is 17\.4, but the embedded PostgreSQL is of major version 16/,
    );
  });

  it("says which port is taken", async () => {
    const other = await serve(() => {});
    // The one that is listened on first: whether the others are free is not this test's to say.
    const error = await startPreview({ stateFolder, port: other.port - 1, products }).catch(
      (error: Error) => error,
    );
    await other.stop();
    assert.match(
      (error as Error).message,
      new RegExp(`^Port ${other.port}, for the load balancer, is taken`),
    );
  });
});

describe("catalog start", { timeout: 300_000 }, () => {
  const args = () => ["--state", stateFolder, "--port", "0", "--products", String(products), "--json"];

  const start = (...more: string[]) =>
    spawn(process.execPath, [main, "start", ...args(), ...more], { stdio: ["ignore", "pipe", "inherit"] });

  /** Waits until the program is ready. */
  async function run(child: ChildProcess): Promise<{ pids: number[]; edgeUrl: string }> {
    let ready: PreviewEvent | undefined;
    const failed = { detail: undefined };
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const event: PreviewEvent = JSON.parse(line);
      if (event.kind === "preview.ready") ready = event;
    });
    const { detail } = await until(
      () => ready ?? (child.exitCode !== null && failed),
      "preview.ready or an end",
      120,
    );
    assert.ok(detail, "it ended before it was ready");
    const snapshot: Snapshot = JSON.parse((await ask(`${detail.controlUrl}/api/snapshot`)).body);
    const postmaster = await readFile(join(stateFolder, "postgres/postmaster.pid"), "utf8");
    const pids = [...snapshot.tasks.map(({ pid }) => pid!), Number.parseInt(postmaster, 10)];
    assert.ok(pids.length === 3 && pids.every(isAlive));
    return { pids, edgeUrl: String(detail.edgeUrl) };
  }

  it("leaves no process behind when it is killed", async () => {
    const child = start();
    const { pids } = await run(child);
    child.kill("SIGKILL");
    await until(() => !pids.some(isAlive), "all gone", 60);
  });

  for (const signal of ["SIGTERM", "SIGHUP", "SIGKILL"] as const) {
    it(`leaves no process behind when npm, which runs it, gets ${signal}`, async () => {
      const npm = spawn("npm", ["start", "--silent", "--", ...args()], {
        cwd: dirname(dirname(main)),
        stdio: ["ignore", "pipe", "inherit"],
      });
      const { pids, edgeUrl } = await run(npm);
      npm.kill(signal);
      await until(() => !pids.some(isAlive), "all gone", 60);
      await assert.rejects(ask(`${edgeUrl}/v1/products`), { code: "ECONNREFUSED" });
    });
  }

  /** What the API's tasks have written while they ended. */
  const lastWords = async () => {
    const logs = join(stateFolder, "logs");
    const files = await readdir(logs);
    return Promise.all(files.map((file) => readFile(join(logs, file), "utf8")));
  };

  it("finishes requests on Ctrl-C, waits for no drain, and leaves no process behind", async () => {
    const child = start();
    const { pids, edgeUrl } = await run(child);
    assert.equal((await ask(`${edgeUrl}/v1/products`)).status, 200);
    child.kill("SIGINT");
    const [code] = await once(child, "exit");
    assert.equal(code, 0);
    assert.deepEqual(pids.map(isAlive), [false, false, false]);
    await assert.rejects(readFile(join(stateFolder, "run.json")), { code: "ENOENT" });
    for (const words of await lastWords()) {
      assert.match(words, /"draining: /);
      assert.doesNotMatch(words, /"drained"/);
    }
  });

  it("drains as AWS does when asked to", async () => {
    const child = start("--drain");
    await run(child);
    child.kill("SIGINT");
    assert.deepEqual(await once(child, "exit"), [0, null]);
    for (const words of await lastWords()) assert.match(words, /"drained"/);
  });

  it("leaves no process behind when it is interrupted while it comes up", async () => {
    const child = start();
    const log = join(stateFolder, "postgres/postmaster.pid");
    await rm(log, { force: true });
    const pid = await until(
      () => existsSync(log) && Number.parseInt(readFileSync(log, "utf8"), 10),
      "a database",
    );
    child.kill("SIGINT");
    assert.deepEqual(await once(child, "exit"), [130, null]);
    await until(() => !isAlive(pid), "all gone", 60);
  });
});
