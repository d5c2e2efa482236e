import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { tapStack } from "../../support/tap-stack.ts";
import type { Resource } from "../../support/template.ts";

const template = tapStack();
const container = (from = template) =>
  JSON.parse(from.only("aws_ecs_task_definition").container_definitions)[0];

describe("the container", () => {
  it("is told everything that it needs, and secrets only when it starts", () => {
    const environment = Object.fromEntries(
      container().environment.map((each: Resource) => [each.name, each.value]),
    );
    assert.match(environment.DB_HOST, /aws_rds_cluster\..*\.endpoint/);
    assert.match(environment.DB_READER_HOST, /aws_rds_cluster\..*\.reader_endpoint/);
    assert.deepEqual(
      [environment.PORT, environment.DB_PORT, environment.DB_NAME, environment.DB_USER, environment.DB_SSL],
      ["3000", "5432", "catalog", "catalog_api_v1", "verify"],
    );
    assert.deepEqual(
      container().secrets.map((secret: Resource) => secret.name),
      ["API_KEYS", "DB_PASSWORD"],
    );
  });

  it("is told of the API's own defaults only where a setting says something else", () => {
    const told = (environment: Record<string, string>) =>
      Object.fromEntries(
        container(tapStack(environment))
          .environment.filter(({ name }: Resource) => name === "LIST_CURRENCY" || name === "API_REFERENCE")
          .map(({ name, value }: Resource) => [name, value]),
      );
    assert.deepEqual(told({}), {});
    assert.deepEqual(told({ API_REFERENCE: "on" }), {});
    assert.deepEqual(told({ API_REFERENCE: "off" }), { API_REFERENCE: "off" });
    assert.deepEqual(told({ LIST_CURRENCY: "SEK" }), { LIST_CURRENCY: "SEK" });
    assert.deepEqual(told({ LIST_CURRENCY: "EUR" }), { LIST_CURRENCY: "EUR" });
  });

  it("is unprivileged, on a file system that cannot be written, and has two minutes to stop", () => {
    const { user, readonlyRootFilesystem, stopTimeout, privileged } = container();
    assert.deepEqual(
      [user, readonlyRootFilesystem, stopTimeout, privileged],
      ["10001:10001", true, 120, undefined],
    );
  });

  it("can be written to where a shell is wanted", () => {
    const { readonlyRootFilesystem, linuxParameters } = container(
      tapStack({ ENABLE_EXECUTE_COMMAND: "true" }),
    );
    assert.deepEqual([readonlyRootFilesystem, linuxParameters], [false, { initProcessEnabled: true }]);
  });
});
