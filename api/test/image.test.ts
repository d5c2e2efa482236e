import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, it, test } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort } from "../../local/ports.ts";
import { createLocalCertificate } from "../../local/postgres/certificate.ts";
import type { ServerTls } from "../../local/postgres/data-folder.ts";
import { PostgresServer } from "../../local/postgres/server.ts";
import { until } from "../../test/support/until.ts";
import { Buildah, buildahMissing, filesBelow, type ImageConfig } from "./support/buildah.ts";
import { programId, runInSandbox, sandboxMissing } from "./support/sandbox.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const DOCKERFILE = join(REPOSITORY, "api/Dockerfile");
const API_KEY = "k".repeat(64);
const skip = buildahMissing();

let folder: string;
let buildah: Buildah;
let root: string;
let config: ImageConfig;
/** What the container wrote. */
let log = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "catalog-image-"));
  if (skip) return;
  buildah = new Buildah(folder);
  root = join(folder, "catalog-api");
  config = await buildah.build(DOCKERFILE, REPOSITORY, root, await buildah.fakeBase());
});
after(() => rm(folder, { recursive: true, force: true }));

test("the image starts Node itself on port 3000 as a numbered user that is not root", { skip }, async () => {
  const manifest = JSON.parse(await readFile(join(REPOSITORY, "api/package.json"), "utf8"));
  assert.deepEqual([...config.entrypoint, ...config.cmd], manifest.scripts.start.split(" "));
  assert.equal(config.workdir, "/app/api");
  assert.deepEqual(config.exposed, ["3000/tcp"]);
  assert.match(config.user, /^[1-9]\d{3,}:[1-9]\d{3,}$/);
  assert.equal(config.env.NODE_ENV, "production");
});

test("the base image is an argument, so that whoever publishes can pin it by digest", async () => {
  const dockerfile = await readFile(DOCKERFILE, "utf8");
  assert.match(dockerfile, /^ARG NODE_IMAGE=node:\d+-slim$/m);
  assert.deepEqual(dockerfile.match(/^FROM .*$/gm), [
    "FROM ${NODE_IMAGE} AS dependencies",
    "FROM ${NODE_IMAGE}",
  ]);
});

test("the image holds the API and its production dependencies, and nothing else", { skip }, async () => {
  const own = (await filesBelow(join(root, "app"))).filter(
    (path) => !/^(api\/)?node_modules(\/|$)/.test(path),
  );
  const strange = own.filter(
    (path) => !/^(package(-lock)?\.json|api|api\/package\.json|api\/src(\/.*)?)$/.test(path),
  );
  assert.deepEqual(strange, []);
  const manifest = JSON.parse(await readFile(join(REPOSITORY, "api/package.json"), "utf8"));
  // npm puts what cannot be shared with the rest of the repository below api/.
  const places = (name: string) =>
    ["node_modules", "api/node_modules"].map((at) => join(root, "app", at, name));
  for (const name of Object.keys(manifest.dependencies))
    await Promise.any(places(name).map((at) => stat(at)));
  const others = JSON.parse(await readFile(join(REPOSITORY, "package.json"), "utf8"));
  const unwanted = Object.keys({
    ...manifest.devDependencies,
    ...others.devDependencies,
    ...others.dependencies,
  });
  const shared = new Set(Object.keys(manifest.dependencies));
  // The instrumentation of pg brings types along, which nothing runs.
  for (const name of unwanted.filter((each) => !shared.has(each) && !each.startsWith("@types/"))) {
    for (const place of places(name))
      await assert.rejects(stat(place), { code: "ENOENT" }, `${place} is in the image`);
  }
});

test("the build context cannot bring tests, state or secrets into the image", { skip }, async () => {
  const wanted = ["api/package.json", "api/src/server.ts", "package-lock.json", "package.json"];
  const others = [
    "api/test/x",
    "api/dev/x",
    ".env",
    "api/.env",
    ".git/x",
    "node_modules/x",
    ".postgres/x",
    "lib/x",
  ];
  const context = join(folder, "context");
  for (const path of [...wanted, ...others]) {
    await mkdir(dirname(join(context, path)), { recursive: true });
    await writeFile(join(context, path), "");
  }
  await copyFile(join(REPOSITORY, ".dockerignore"), join(context, ".dockerignore"));
  await writeFile(join(folder, "Everything"), "FROM scratch\nCOPY . /\n");
  await buildah.build(join(folder, "Everything"), context, join(folder, "everything"));
  const found = await filesBelow(join(folder, "everything"));
  assert.deepEqual(found.filter((path) => /\.|x$/.test(path)).toSorted(), wanted);
});

describe("a container of the image", { skip: skip || sandboxMissing() }, () => {
  let tls: ServerTls;
  let database: PostgresServer;
  let container: ChildProcess;
  let pid: number;
  let base: string;

  before(async () => {
    tls = await createLocalCertificate();
    database = await PostgresServer.start({ user: "catalog", tls });
    await database.createDatabase("catalog");
    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    await writeFile(join(folder, "authority.pem"), tls.authority);
    container = runInSandbox({
      root,
      user: config.user,
      workdir: config.workdir,
      command: [...config.entrypoint, ...config.cmd],
      files: { "/authority.pem": join(folder, "authority.pem") },
      env: { ...config.env, ...taskEnvironment(port), NODE_EXTRA_CA_CERTS: "/authority.pem" },
    });
    pid = await programId(container);
    for (const stream of [container.stdout!, container.stderr!]) stream.on("data", (chunk) => (log += chunk));
    await until(async () => {
      assert.equal(container.exitCode, null, `the container ended: ${log}`);
      return (await fetch(`${base}/health`).catch(() => undefined))?.status === 200;
    });
  });
  after(async () => {
    if (container?.exitCode === null) container.kill("SIGKILL");
    await database?.stop();
  });

  /** The variables of the task definition, and two for the test: to stay on this machine, and not to drain for 10 s. */
  function taskEnvironment(port: number): Record<string, string> {
    return {
      HOST: "127.0.0.1",
      DRAIN_IDLE_SECONDS: "1",
      PORT: String(port),
      LOG_LEVEL: "info",
      DB_HOST: "127.0.0.1",
      DB_READER_HOST: "127.0.0.1",
      DB_PORT: String(database.port),
      DB_NAME: "catalog",
      DB_USER: "catalog",
      DB_SSL: "verify",
      DB_PASSWORD: database.password,
      API_KEYS: API_KEY,
      SERVICE_NAME: "catalog-api",
    };
  }

  it("has no place to write, and no other identity than the image's", async () => {
    const probe = `
      const fs = require("node:fs");
      const write = (path) => { try { fs.writeFileSync(path, ""); return "written"; } catch (error) { return error.code; } };
      console.log(JSON.stringify({
        uid: process.getuid(),
        root: write("/file"), app: write("/app/api/file"), tmp: write("/tmp/file"),
      }));`;
    const { user, workdir, env } = config;
    const child = runInSandbox({
      root,
      user,
      workdir,
      env,
      command: ["node", "-e", probe],
    });
    const [output, errors] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
    const uid = Number(user.split(":")[0]);
    const expected = { uid, root: "EROFS", app: "EROFS", tmp: "EROFS" };
    assert.deepEqual(JSON.parse(output || `"${errors}"`), expected);
  });

  it("serves reads, refuses writes without the key, and writes with it", async () => {
    const row = {
      sku: "KETTLE-1",
      prices: { EUR: 4900 },
      product: { slug: "kettle", name: "Kettle", brand: "Pemberley" },
    };
    const put = (headers: Record<string, string>) =>
      fetch(`${base}/v1/products:bulk`, {
        method: "PUT",
        headers: { "content-type": "application/x-ndjson", ...headers },
        body: `${JSON.stringify(row)}\n`,
      });
    assert.deepEqual((await list()).items, []);
    assert.equal((await put({})).status, 401);
    const written = await put({ "x-api-key": API_KEY });
    assert.equal(written.status, 200, await written.text());
    await until(async () => (await list()).items.length === 1);
    assert.equal((await list()).items[0]?.name, "Kettle");
  });

  async function list(): Promise<{ items: { name: string }[] }> {
    const response = await fetch(`${base}/v1/products`);
    assert.equal(response.status, 200);
    return (await response.json()) as { items: { name: string }[] };
  }

  it("logs one JSON object a line, with nothing secret in it", () => {
    const lines = log.trim().split("\n");
    assert.ok(lines.length > 0);
    const entries = lines.map((line) => JSON.parse(line));
    const writes = entries.filter(({ message, method }) => message === "request" && method === "PUT");
    assert.equal(writes.length, 2);
    for (const { reqId } of writes) assert.match(reqId, /^[\w-]{36}$/);
    assert.ok(!log.includes(database.password) && !log.includes(API_KEY));
  });

  it("ends by itself, and with success, when it is told to", async () => {
    process.kill(pid, "SIGTERM");
    const [code] = await once(container, "exit");
    assert.equal(code, 0, log);
  });
});
