/** Ctrl-C and `kill` while a verb waits for AWS or for Terraform: it ends, says so, and prints no half result. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, watch, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { MAP } from "../../bin/map.ts";

const CATALOG = join(import.meta.dirname, "../../bin/catalog.js");

/** How each verb is called, and what it waits for first: AWS's answer, or Terraform. */
const LINES: Readonly<Record<string, "AWS" | "Terraform">> = {
  "preflight --json": "AWS",
  "plan --json": "AWS",
  "deploy --yes --json": "AWS",
  "status --json": "AWS",
  "status --watch 1 --json": "AWS",
  "leftovers --suffix prod --json": "AWS",
  "destroy --yes --json": "AWS",
  "restore --json": "AWS",
  "restore --remove --json": "AWS",
  "rollback --yes --json": "AWS",
  "bootstrap --json": "AWS",
  "bootstrap --remove --yes --json": "AWS",
  "bootstrap --github owner/shop --json": "AWS",
  "image --engine docker --tag x --json": "AWS",
  "rotate api-keys --yes --json": "AWS",
  "adopt --json": "Terraform",
};

/** Taken in turn. */
const SIGNALS = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const;

describe("a verb that is told to end", () => {
  let folder: string;
  let server: Server;
  let asked: PromiseWithResolvers<void>;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "interruptions-"));
    server = createServer(() => asked.resolve()); // never answers
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    writeFileSync(join(folder, "docker"), "#!/bin/sh\n", { mode: 0o755 });
    writeFileSync(
      join(folder, "terraform"),
      `#!/bin/sh
[ "$1" = version ] && { echo '{"terraform_version": "1.11.4"}'; exit; }
trap 'exit 1' INT TERM
: > ${join(folder, "terraform-runs")}
while :; do sleep 0.1; done
`,
      { mode: 0o755 },
    );
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  const start = (line: string): ChildProcess => {
    const settings = join(folder, "prod.env");
    writeFileSync(
      settings,
      "ENVIRONMENT_SUFFIX=prod\nCONTAINER_IMAGE=registry.example/a:1\nSTATE_BUCKET=example-states\nSTATE_LOCK_TABLE=example-locks\n",
    );
    return spawn(process.execPath, [CATALOG, ...line.split(" ")], {
      cwd: folder,
      env: {
        PATH: `${folder}:${process.env.PATH}`,
        HOME: folder,
        TMPDIR: join(folder, "tmp"),
        ...(!line.startsWith("leftovers") && { CATALOG_SETTINGS: settings }),
        AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        AWS_ACCESS_KEY_ID: "testing",
        AWS_SECRET_ACCESS_KEY: "testing",
        AWS_EC2_METADATA_DISABLED: "true",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
  };

  it("is any that asks AWS or runs Terraform", () => {
    const verbs = new Set(Object.keys(LINES).map((line) => line.split(" ")[0]));
    const askNothing = ["estimate", "forecast", "policy"];
    assert.deepEqual(
      Object.keys(MAP["Deploy it:"]).filter((verb) => !verbs.has(verb)),
      askNothing,
    );
  });

  for (const [index, [line, waitsFor]] of Object.entries(LINES).entries()) {
    const [signal, code] = SIGNALS[index % SIGNALS.length]!;
    it(`${line}: by ${signal} while it waits for ${waitsFor}`, async () => {
      asked = Promise.withResolvers();
      const runs = join(folder, "terraform-runs");
      rmSync(runs, { force: true });
      rmSync(join(folder, "tmp"), { recursive: true, force: true });
      mkdirSync(join(folder, "tmp"));
      const watching = watch(folder, () => {
        if (existsSync(runs)) asked.resolve();
      });
      const child = start(line);
      let [stdout, stderr] = ["", ""];
      child.stdout!.on("data", (chunk) => (stdout += chunk));
      child.stderr!.on("data", (chunk) => (stderr += chunk));
      const ended = once(child, "close");
      await Promise.race([asked.promise, ended]);
      watching.close();
      assert.equal(child.exitCode, null, `it ended by itself: ${stderr}`);
      child.kill(signal);
      const [exitCode] = await ended;
      assert.deepEqual(
        [exitCode, stdout],
        [code, `${JSON.stringify({ error: `Interrupted (${signal}).` })}\n`],
        stderr,
      );
      assert.match(stderr, new RegExp(`Interrupted \\(${signal}\\)\\.\\n$`));
      const left = readdirSync(join(folder, "tmp")).filter((name) => name !== "node-compile-cache");
      assert.deepEqual(left, [], "what it wrote for itself is left");
    });
  }
});
