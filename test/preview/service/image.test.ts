import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type Blueprint, readBlueprint } from "../../../preview/blueprint/index.ts";
import { ENDPOINT_HOSTS } from "../../../preview/database-endpoint.ts";
import { taskLauncher } from "../../../preview/service/definition.ts";
import { type Image, readImage } from "../../../preview/service/image.ts";
import { brokenContainer, type Json, setVariable, synthesise } from "../stack-json.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "preview-image-"));
});
after(() => rm(folder, { recursive: true, force: true }));

describe("the image's contract", () => {
  const read = async (dockerfile: string): Promise<Image> => {
    const file = join(folder, "Dockerfile");
    await writeFile(file, dockerfile);
    return readImage(file);
  };

  it("is that of the API's Dockerfile", () => {
    const image = readImage(fileURLToPath(new URL("../../../api/Dockerfile", import.meta.url)));
    const words = [...image.entryPoint, ...image.command];
    assert.deepEqual([words[0], words.at(-1)], ["node", "src/server.ts"]);
    assert.ok(
      words.slice(1, -1).every((word) => word.startsWith("--")),
      words.join(" "),
    );
    assert.deepEqual(image.ports, [3000]);
    assert.equal(image.environment.NODE_ENV, "production");
    assert.match(image.folder, /api$/);
  });

  it("is that of the last stage, with what it inherits", async () => {
    const image = await read(`
      ARG VERSION=26
      FROM node:\${VERSION} AS base
      ENV A=1 B="two words"
      CMD ["node"]
      FROM base AS other
      CMD ["other"]
      FROM base
      # a comment
      ENV A=2 \\
          C=$A-x
      EXPOSE 3000/tcp
      CMD ["node", "main.js"]
    `);
    assert.deepEqual(image.command, ["node", "main.js"]);
    assert.deepEqual(image.environment, { A: "2", B: "two words", C: "2-x" });
    assert.deepEqual(image.ports, [3000]);
  });

  it("must be in exec form, which alone hands signals on", async () => {
    await assert.rejects(read("FROM x\nCMD node main.js"), /CMD node main\.js: write it as a JSON list/);
    await assert.rejects(read("FROM x\nENV A=1"), /has no CMD/);
    assert.throws(() => readImage(join(folder, "missing")), /is missing: it says what a task runs/);
  });
});

describe("what a task is given", () => {
  const image: Image = {
    folder: "/app",
    entryPoint: [],
    command: ["node", "server.js"],
    environment: {},
    ports: [3000],
  };
  const place = { databasePort: 54321, authorityFile: "/state/authority.pem", clock: { speed: 10 } };
  const environment = (blueprint: Blueprint, change = {}) =>
    taskLauncher(blueprint, image, place)(change, 4000).environment;
  let stack: Json;
  before(async () => {
    stack = await synthesise();
  });

  it("is what the stack says, with what is elsewhere here put in place of the real thing", () => {
    const blueprint = readBlueprint(stack);
    const {
      DB_HOST,
      DB_READER_HOST,
      DB_PORT,
      DB_NAME,
      DB_SSL,
      DB_PASSWORD,
      TRUST_PROXY,
      PORT,
      HOST,
      NODE_EXTRA_CA_CERTS,
    } = environment(blueprint);
    assert.deepEqual([DB_HOST, DB_READER_HOST, DB_PORT], ["localhost", ENDPOINT_HOSTS.READER, "54321"]);
    const { secrets } = blueprint.service.container;
    assert.deepEqual([DB_NAME, DB_SSL, DB_PASSWORD], ["catalog", "verify", secrets.DB_PASSWORD]);
    assert.notEqual(DB_PASSWORD, blueprint.database.password, "the owner's is not for the API");
    assert.equal(TRUST_PROXY, "127.0.0.1/32,127.0.0.1/32");
    assert.deepEqual([PORT, HOST, NODE_EXTRA_CA_CERTS], ["4000", "127.0.0.1", "/state/authority.pem"]);
  });

  it("takes nothing over from this machine's environment but the way to programs", () => {
    const known = new Set([
      ...Object.keys(readBlueprint(stack).service.container.environment),
      ...Object.keys(readBlueprint(stack).service.container.secrets),
      "PATH",
      "HOST",
      "METRICS_INTERVAL_SECONDS",
      "NODE_EXTRA_CA_CERTS",
    ]);
    assert.deepEqual(new Set(Object.keys(environment(readBlueprint(stack)))), known);
  });

  it("leaves a wrong host or port as wrong as it is", () => {
    const wrong = brokenContainer(stack, (container) => {
      setVariable(container, "DB_HOST", "db.internal");
      setVariable(container, "DB_PORT", "5433");
    });
    const { DB_HOST, DB_PORT } = environment(readBlueprint(wrong));
    assert.deepEqual([DB_HOST, DB_PORT], ["db.internal", "5433"]);
  });

  it("puts a container that listens on another port than the service registers out of reach", () => {
    const wrong = brokenContainer(stack, (container) => setVariable(container, "PORT", "8080"));
    assert.notEqual(environment(readBlueprint(wrong)).PORT, "4000");
  });

  it("translates an endpoint within a URL", () => {
    const { database } = readBlueprint(stack);
    const withUrl = brokenContainer(stack, (container) =>
      setVariable(container, "DATABASE_URL", `postgres://${database.endpoint}:${database.port}/catalog`),
    );
    assert.equal(environment(readBlueprint(withUrl)).DATABASE_URL, "postgres://localhost:54321/catalog");
  });

  it("is changed by a deployment: set, replaced and taken out", () => {
    const changed = environment(readBlueprint(stack), {
      environment: { NEW: "1", LOG_LEVEL: "debug", DB_NAME: undefined },
    });
    assert.deepEqual([changed.NEW, changed.LOG_LEVEL, "DB_NAME" in changed], ["1", "debug", false]);
  });
});
