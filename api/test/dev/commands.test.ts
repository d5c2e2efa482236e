import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, it, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "../../../local/ports.ts";
import { PostgresServer } from "../../../local/postgres/server.ts";
import { connect, openDatabase } from "../../dev/database.ts";

const KEY = "a-key-of-the-tests-own";
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "catalog-commands-"));
  await chmod(folder, 0o755); // where root runs the tests, the database's account must get through
});
after(() => rm(folder, { recursive: true, force: true }));

function start(command: string, args: string[], env: Record<string, string> = {}): ChildProcess {
  const program = fileURLToPath(new URL("../../../bin/catalog.js", import.meta.url));
  return spawn(process.execPath, [program, command, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function run(
  command: string,
  args: string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = start(command, args);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, "exit"),
  ]);
  return { code, stdout, stderr };
}

async function save(name: string, content: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, content);
  return file;
}

test("the development database keeps its data, and a second program shares the one that runs", async () => {
  const data = join(folder, "postgres");
  const count = async (env: Record<string, string>, sql: string) => {
    const client = await connect(env);
    try {
      return (await client.query(sql)).rowCount;
    } finally {
      await client.end();
    }
  };
  const first = await openDatabase(data);
  await count(first.env, "CREATE TABLE kept AS SELECT 1");
  const second = await openDatabase(data);
  assert.equal(second.env.DB_PORT, first.env.DB_PORT);
  await second.stop();
  assert.equal(
    await count(first.env, "SELECT FROM kept"),
    1,
    "the second program must not stop the first one's server",
  );
  await first.stop();
  const third = await openDatabase(data);
  assert.equal(await count(third.env, "SELECT FROM kept"), 1);
  await third.stop();
});

test("--dry-run names each mistake by line and column, and what to change", async () => {
  const file = await save(
    "mistakes.csv",
    [
      "sku,prices.EUR,attributes.screen.size,product.slug,product.name,product.brand",
      'A-1,4900,"13 in",kettle,"Kettle, large",Pemberley',
      "A-2,49.00,,kettle,Kettle,Pemberley",
      "A-3,4900,,kettle",
      "A-4,4900,,My Kettle,Kettle,Pemberley",
    ].join("\r\n"),
  );
  const { code, stdout } = await run("import", [
    file,
    "--dry-run",
    "--json",
    "--timeout",
    "0",
    "--url",
    `http://127.0.0.1:${await freePort()}`,
  ]);
  const { errors, rows, failed, unsent, stopped } = JSON.parse(stdout);
  assert.equal(code, 1);
  // No API is there: what it alone can tell was not checked, and that is said.
  assert.deepEqual({ rows, failed, unsent }, { rows: 4, failed: 3, unsent: 1 });
  assert.match(stopped, /did not answer/);
  assert.deepEqual(
    errors.map(({ line }: { line: number }) => line),
    [3, 4, 5],
  );
  assert.match(
    errors[0].message,
    /^prices\.EUR is "49\.00", and must be a whole number of minor units, which would be 4900; .*--prices major$/,
  );
  assert.match(errors[1].message, /has 4 values for 6 columns/);
  assert.match(errors[2].message, /^product\.slug "My Kettle" cannot be part of an address: write my-kettle/);
});

test("a file that cannot be imported at all is refused in one line", async () => {
  const refused = async (file: string) => {
    const { code, stderr } = await run("import", [file, "--dry-run"]);
    assert.equal(code, 1);
    assert.doesNotMatch(stderr, /\n\s+at /, "a stack trace");
    return stderr;
  };
  assert.match(await refused(join(folder, "missing.csv")), /missing\.csv: there is no such file\.\n$/);
  assert.match(
    await refused(await save("catalogue.xlsx", "PK\x03\x04")),
    /is a spreadsheet or zip archive: save it as CSV \(UTF-8\)\.\n$/,
  );
  assert.match(
    await refused(await save("empty.csv", "")),
    /empty\.csv is empty: there is nothing to import\.\n$/,
  );
  assert.match(
    await refused(await save("columns.csv", "sku,price\nA,1\n")),
    /line 1: unknown column "price"\. Columns are: /,
  );
  assert.match(
    await refused(await save("quotes.csv", '"sku\nA\n')),
    /quotes\.csv, line 1: column 1: the quote mark/,
  );
});

describe("catalog api", () => {
  let database: PostgresServer;
  let env: Record<string, string>;
  before(async () => {
    database = await PostgresServer.start({ user: "catalog" });
    await database.createDatabase("catalog");
    const { host, port, password } = database;
    env = { DB_HOST: host, DB_PORT: String(port), DB_PASSWORD: password, DB_SSL: "disable", API_KEYS: KEY };
  });
  after(() => database.stop());

  it("a taken port is said to be taken, and what to do", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };
    const { code, stderr } = await run("api", ["--port", String(port)]);
    taken.close();
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`^Port ${port} is taken\\. .*bin\\/catalog api --port 3001\\n$`));
  });

  it("leaves nothing behind when npm, which runs it, is killed", { timeout: 120_000 }, async () => {
    const port = await freePort();
    const npm = spawn("npm", ["run", "--silent", "api", "--", "--port", String(port)], {
      cwd: fileURLToPath(new URL("../../..", import.meta.url)),
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    after(() => npm.stdout.destroy()); // what it left behind would keep this process waiting
    let output = "";
    npm.stdout.on("data", (chunk) => (output += chunk));
    while (!output.includes("The catalogue API is up")) {
      assert.equal(npm.exitCode, null, `it ended: ${output}`);
      await sleep(50);
    }
    npm.kill("SIGKILL");
    const answers = () =>
      fetch(`http://127.0.0.1:${port}/health`).then(
        () => true,
        () => false,
      );
    while (await answers()) await sleep(50);
  });

  it("serves until Ctrl-C, takes an import twice and writes it once, and leaves nothing behind", async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const server = start("api", ["--port", String(port)], env);
    const errors = text(server.stderr!);
    try {
      let output = "";
      server.stdout!.on("data", (chunk) => (output += chunk));
      while (!output.includes("The catalogue API is up")) {
        assert.equal(server.exitCode, null, `it ended: ${output}`);
        await sleep(50);
      }
      assert.ok(output.includes(`${url}/v1/products`) && output.includes(KEY));
      const row = {
        sku: "K-1",
        prices: { EUR: 4900 },
        product: { slug: "kettle", name: "Kettle", brand: "Pemberley" },
      };
      const unknown = {
        sku: "K-2",
        prices: { EUR: 1 },
        product: { ...row.product, slug: "pot", categories: ["none"] },
      };
      const file = await save(
        "rows.ndjson",
        `${JSON.stringify(row)}\n\n{broken\n${JSON.stringify(unknown)}\n`,
      );
      const imported = async () =>
        JSON.parse((await run("import", [file, "--url", url, "--key", KEY, "--json"])).stdout);
      const { errors: refused, ...first } = await imported();
      assert.deepEqual([first.rows, first.created, first.failed, first.unsent], [3, 1, 2, 0]);
      assert.deepEqual(
        refused.map(({ line }: { line: number }) => line),
        [3, 4],
      );
      assert.equal((await imported()).unchanged, 1);
      assert.equal((await fetch(`${url}/v1/products/kettle`)).status, 200);
      const wrong = await run("import", [file, "--url", url, "--key", "another-key-altogether"]);
      assert.match(wrong.stdout, /refused the key \(40[13]: .*--key or API_KEY \(the first/);
      server.kill("SIGINT");
      const [code] = await once(server, "exit");
      assert.equal(code, 0, await errors);
      await assert.rejects(fetch(`${url}/health`));
    } finally {
      server.kill("SIGKILL");
    }
  });
});
