import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { before, describe, it } from "node:test";
import { QUERIES, type Query } from "../../lib/catalog/observability/queries.ts";
import { leaves } from "../../local/terraform-json/index.ts";
import { LINES } from "./support/log-lines.ts";

/** What Logs Insights gives every line. */
const GIVEN = ["@timestamp", "@message", "@logStream"];
/** Words of the query language. */
const WORDS = new Set(
  "fields filter stats sort limit parse as by in and or not like desc asc ispresent count sum max min avg pct bin".split(
    " ",
  ),
);

/**
 * The fields that a query reads, without those that it makes itself. Texts and expressions between slashes are no fields;
 * names with hyphens stand between back quotes.
 */
function fieldsOf(query: string): string[] {
  const made = new Set(
    [...query.matchAll(/\bas (\w+(?:, \w+)*)|\(\?<(\w+)>/g)].flatMap(([, as, group]) =>
      (as ?? group)!.split(", "),
    ),
  );
  const plain = query
    .replaceAll(/"[^"]*"/g, " ")
    .replaceAll(/(parse \S+|like) \/.*\//g, "$1 ")
    .replaceAll(/bin\(\w+\)/g, " ");
  const quoted = [...plain.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
  const bare = [...plain.replaceAll(/`[^`]+`/g, " ").matchAll(/@?[A-Za-z][\w.]*/g)].map(([name]) => name);
  return [...quoted, ...bare.filter((name) => !WORDS.has(name))].filter((name) => !made.has(name));
}

/** The fields that Logs Insights discovers in a line of JSON. */
function discovered(line: string): string[] {
  return line.startsWith("{") ? [...leaves(JSON.parse(line))].map(({ path }) => path) : [];
}

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
        const headers = { "x-api-key": "a-key-of-sixteen-characters", "content-type": "application/json" };
        await fetch(`${url}/v1/products/none`);
        await fetch(`${url}/v1/products/none`, { method: "PUT", headers, body: "{}" });
      }
      // In whatever order: a busy machine tells the metrics of its first second before it has answered.
      if (['"_aws"', '"method":"PUT"'].every((part) => lines.some((each) => each.includes(part)))) break;
    }
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  return lines;
}

describe("saved queries", () => {
  let lines: Readonly<Record<Query["of"], readonly string[]>>;
  before(async () => {
    lines = { ...LINES, api: await linesOfTheApi() };
  });

  for (const { title, of, queryString } of QUERIES) {
    it(`${title} asks for fields that the lines have`, () => {
      const known = new Set([...GIVEN, ...lines[of].flatMap(discovered)]);
      const fields = fieldsOf(queryString);
      assert.deepEqual(
        fields.filter((field) => !known.has(field)),
        [],
      );
      assert.ok(fields.length > 0);
    });

    it(`${title} finds in a line what it parses`, () => {
      for (const [, pattern] of queryString.matchAll(/parse \S+ \/(.*)\//g)) {
        const texts = lines[of].flatMap((line) => [
          line,
          ...(line.startsWith("{") ? [...leaves(JSON.parse(line))].map(({ value }) => String(value)) : []),
        ]);
        assert.ok(
          texts.some((text) => new RegExp(pattern!).test(text)),
          String(pattern),
        );
      }
      for (const [, pattern] of queryString.matchAll(/parse \S+ "(.*)"/g)) {
        const [start, end] = pattern!.split("*") as [string, string];
        assert.ok(
          lines[of].some((line) => line.includes(start) && line.includes(end)),
          String(pattern),
        );
      }
    });
  }

  it("would notice a field that no line has", () => {
    assert.deepEqual(fieldsOf('filter level = "warn" and nothing > 1 | stats sum(other) as made by made'), [
      "level",
      "nothing",
      "other",
    ]);
  });
});
