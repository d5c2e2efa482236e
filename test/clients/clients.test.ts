import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { API_KEY, startApi, type TestApi } from "../../api/test/support/api.ts";
import { GO, ROOT, tool, without } from "./tools.ts";

/** Around what docs/CLIENTS.md shows in Go, which has no program without a function and no variable without a use. */
const PROGRAM = `package main

import (
	"context"
	"log"
	"net/http"
	"os"

	"catalog.example/client/generated"
)

func main() {
	ctx, name := context.Background(), "Lamp One"
	withKey := func(_ context.Context, request *http.Request) error {
		request.Header.Set("X-Api-Key", os.Getenv("API_KEY"))
		return nil
	}
// shown
	_ = item
	if err != nil {
		log.Fatal(err)
	}
}
`;

describe("clients generated from the document do what users do", () => {
  let api: TestApi;
  let env: Record<string, string>;
  const folder = join(ROOT, "test/clients/generated");
  const document = join(folder, "openapi.json");

  before(async () => {
    api = await startApi();
    await api.app.listen({ host: "127.0.0.1", port: 0 });
    const { port } = api.app.server.address() as { port: number };
    env = { BASE_URL: `http://127.0.0.1:${port}`, API_KEY };
    await mkdir(folder, { recursive: true });
    await writeFile(document, (await api.get("/openapi.json")).text);
  });
  after(async () => {
    await api?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** An empty folder for what is generated, beside the program that uses it. */
  async function generated(language: string): Promise<string> {
    const path = join(ROOT, "test/clients", language, "generated");
    await rm(path, { recursive: true, force: true });
    await mkdir(path, { recursive: true });
    return path;
  }

  /** What docs/CLIENTS.md shows in a language, against the API of this test. */
  async function shown(language: string): Promise<string> {
    const page = await readFile(join(ROOT, "docs/CLIENTS.md"), "utf8");
    const [, code] = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "m").exec(page)!;
    return code!.replace("http://localhost:3000", env.BASE_URL!);
  }

  /** Runs it on a lamp that has another name, which it is to change. */
  async function runShown(command: string, args: string[], options: { env?: Record<string, string> } = {}) {
    const address = "/v1/products/lamp-one";
    const lamp = {
      slug: "lamp-one",
      name: "Lamp",
      brand: "Meridal",
      variants: [{ sku: "LAMP", prices: { EUR: 1 } }],
    };
    const current = (await api.get(address)).headers.etag;
    const headers = { [current ? "if-match" : "if-none-match"]: "*" };
    const made = await api.call("PUT", address, { key: true, headers, body: lamp });
    assert.ok(made.status < 300, made.text);
    assert.equal(await tool(command, args, options), "");
    assert.equal((await api.get(address)).json.name, "Lamp One");
  }

  it("openapi-typescript and openapi-fetch", async () => {
    const home = join(ROOT, "test/clients/typescript");
    const schema = join(await generated("typescript"), "schema.d.ts");
    await tool(join(home, "node_modules/.bin/openapi-typescript"), [document, "-o", schema]);
    const page = join(home, "generated/page.ts");
    await writeFile(page, `const key = process.env.API_KEY!;\n${await shown("ts")}void data;\n`);
    await tool("tsc", ["-p", home]);
    assert.match(await tool(process.execPath, [join(home, "client.ts")], { env }), /done/);
    await runShown(process.execPath, [page], { env });
  });

  it("openapi-python-client", { skip: without("python") }, async () => {
    const path = await generated("python");
    const output = join(path, "catalog");
    await tool("openapi-python-client", [
      "generate",
      "--path",
      document,
      "--output-path",
      output,
      "--meta",
      "none",
    ]);
    const client = join(ROOT, "test/clients/python/client.py");
    const options = { env: { ...env, PYTHONPATH: path } };
    assert.match(await tool("python", [client], options), /done/);
    await runShown("python", ["-c", `key = "${API_KEY}"\n${await shown("python")}`], options);
  });

  it("oapi-codegen", { skip: without("go") }, async () => {
    const path = join(await generated("go"), "client.go");
    const shownInGo = await shown("go");
    const options = ["-generate", "types,client", "-package", "catalog"];
    await writeFile(path, await tool("go", ["-C", GO, "tool", "oapi-codegen", ...options, document]));
    await mkdir(join(GO, "generated/page"));
    await writeFile(
      join(GO, "generated/page/main.go"),
      PROGRAM.replace("// shown", () => shownInGo),
    );
    await tool("go", ["-C", GO, "vet", "./..."]);
    assert.match(await tool("go", ["-C", GO, "run", "."], { env }), /done/);
    await runShown("go", ["-C", GO, "run", "./generated/page"], { env });
  });
});
