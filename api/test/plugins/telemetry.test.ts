import assert from "node:assert/strict";
import { test } from "node:test";
import Fastify from "fastify";
import fp from "fastify-plugin";
import type { Config } from "../../src/config.ts";
import telemetry from "../../src/plugins/telemetry.ts";

/** What a task tells of these requests, as it ends. */
async function toldOf(requests: readonly (readonly [method: string, status: number])[]) {
  const lines: string[] = [];
  const app = Fastify();
  await app.register(
    fp(
      async (scope) => {
        scope.decorate("served", { hit: 0, miss: 0, joined: 0, stale: 0 } as never);
        scope.decorate("responses", { bytes: 0 } as never);
      },
      { name: "cache" },
    ),
  );
  await app.register(
    fp(
      async (scope) => {
        const writerConnections = Promise.resolve({ total: 0, idle: 0 });
        scope.decorate("database", { writerConnections, state: { load: 0 } } as never);
      },
      { name: "db" },
    ),
  );
  const config = { metricsIntervalMs: 1_000_000, service: { name: "catalog-api-test" } } as Config;
  await app.register(telemetry, { config, write: (line: string) => lines.push(line) });
  app.all("/:status", async (request, reply) => {
    reply.code(Number((request.params as { status: string }).status));
    return "";
  });
  for (const [method, status] of requests) await app.inject({ method: method as "GET", url: `/${status}` });
  await app.close();
  assert.equal(lines.length, 1);
  return JSON.parse(lines[0]!) as Record<string, number>;
}

const WRITING = ["POST", "PUT", "PATCH", "DELETE"];
const READING = ["GET", "HEAD", "OPTIONS"];

test("failed and refused writes are counted apart from the reads", async () => {
  const statuses = [200, 400, 401, 403, 404, 409, 429, 500, 503];
  const requests = (methods: readonly string[]) =>
    methods.flatMap((method) => statuses.map((status) => [method, status] as const));
  const { Requests, Errors, Unavailable, Writes, WritesFailed, WritesRefused } = await toldOf([
    ...requests(READING),
    ...requests(WRITING),
  ]);
  assert.deepEqual(
    { Requests, Errors, Unavailable, Writes, WritesFailed, WritesRefused },
    { Requests: 63, Errors: 14, Unavailable: 7, Writes: 36, WritesFailed: 8, WritesRefused: 12 },
  );
});

test("reads alone are no writes, whatever they are answered with", async () => {
  const { Requests, Writes, WritesFailed, WritesRefused } = await toldOf(
    READING.flatMap((method) => [401, 429, 503].map((status) => [method, status] as const)),
  );
  assert.deepEqual([Requests, Writes, WritesFailed, WritesRefused], [9, 0, 0, 0]);
});
