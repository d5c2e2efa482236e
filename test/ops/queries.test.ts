import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { before, describe, it } from "node:test";
import { QUERIES, type Query } from "../../lib/catalog/observability/queries.ts";
import { fieldsOf, fieldsRead, type LogLine, resultsOf } from "../../local/cloudwatch/insights.ts";
import { QUESTIONS } from "../../ops/outages/questions.ts";
import { LINES } from "./support/log-lines.ts";

const REQUEST_ID = "a-request-that-is-looked-for";
/** What a quiet minute has none of: slow requests, silent connections. The id is one that was given. */
const LOOSENED = [
  ["the-id-from-X-Request-Id", REQUEST_ID],
  ["ms > 1000", "ms >= 0"],
  ["DatabaseSilent > 0", "DatabaseSilent >= 0"],
] as const;
const loosened = (query: string) => LOOSENED.reduce((text, [what, by]) => text.replace(what, by), query);

/** The API's own lines: it runs without a database, and is asked for this and that. */
async function linesOfTheApi(): Promise<string[]> {
  const child = spawn(process.execPath, ["api/src/server.ts"], {
    env: {
      PATH: process.env.PATH,
      PORT: "0",
      HOST: "127.0.0.1",
      DB_HOST: "127.0.0.1",
      DB_PORT: "1",
      DB_NAME: "catalog",
      DB_USER: "catalog",
      DB_PASSWORD: "none",
      DB_SSL: "disable",
      API_KEYS: "a-key-of-sixteen-characters",
      METRICS_INTERVAL_SECONDS: "1",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  try {
    for await (const line of createInterface(child.stdout)) {
      lines.push(line);
      const [, url] = /Server listening at (http:[^"]+)/.exec(line) ?? [];
      if (url) {
        const headers = {
          "x-api-key": "a-key-of-sixteen-characters",
          "content-type": "application/json",
          "x-request-id": REQUEST_ID,
        };
        await fetch(`${url}/v1/products/none`);
        await fetch(`${url}/v1/products/none`, { method: "PUT", headers, body: "{}" });
      }
      // In whatever order: a busy machine tells the metrics of its first second before it has answered.
      if (['"_aws"', '"problem"', '"client"'].every((part) => lines.some((each) => each.includes(part))))
        break;
    }
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  return lines;
}

describe("saved queries", () => {
  let lines: Readonly<Record<Query["of"], readonly LogLine[]>>;
  before(async () => {
    const of = Object.entries({ ...LINES, api: await linesOfTheApi() }).map(([log, messages]) => [
      log,
      messages.map((message, index) => ({ at: 1000 * index, stream: "one", message })),
    ]);
    lines = Object.fromEntries(of);
  });
  const known = (of: Query["of"]) => new Set(lines[of].flatMap((line) => Object.keys(fieldsOf(line))));

  for (const { title, of, queryString } of QUERIES) {
    it(`${title} asks for fields that the lines have`, () => {
      const fields = fieldsRead(queryString);
      assert.ok(fields.length > 0);
      assert.deepEqual(
        fields.filter((field) => !known(of).has(field)),
        [],
      );
    });

    it(`${title} answers something of the lines`, () => {
      const rows = resultsOf(loosened(queryString), lines[of]);
      assert.notDeepEqual(rows, []);
      for (const row of rows)
        assert.ok(
          Object.values(row).some((value) => value !== undefined),
          JSON.stringify(row),
        );
    });
  }

  it("answer questions about lines that are like those of the logs", () => {
    const logs: Record<string, Query["of"]> = {
      "/aws/ecs/api-": "api",
      "/aws/rds/cluster/": "database",
      "/aws/vendedlogs/cloudfront/": "edge",
      "/aws/vpc/": "network",
      "/aws/ecs/containerinsights/": "insights",
      "/aws/events/": "events",
    };
    assert.deepEqual(Object.keys(QUESTIONS), Object.keys(logs));
    for (const [log, { lines: asked }] of Object.entries(QUESTIONS))
      assert.deepEqual(
        [...new Set(asked.flatMap((line) => Object.keys(fieldsOf(line))))].filter(
          (field) => !known(logs[log]!).has(field),
        ),
        [],
        log,
      );
  });
});
