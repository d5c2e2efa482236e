/** Each correction against the shape in which moto answers. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gateway, input } from "../support.ts";

describe("saved queries", () => {
  it("are kept by region under an id, found by the beginning of their name, and deleted", async () => {
    const call = gateway();
    const ask = async (operation: string, given: object, region = "eu-north-1") =>
      JSON.parse((await call({ service: "logs", operation, region, body: input(given) })).body);
    const query = { name: "query-a-dev", queryString: "fields @message", logGroupNames: ["/a"] };
    const { queryDefinitionId } = await ask("PutQueryDefinition", query);
    await ask("PutQueryDefinition", { ...query, name: "query-b-dev" }, "us-east-1");
    const found = await ask("DescribeQueryDefinitions", { queryDefinitionNamePrefix: "query-" });
    assert.deepEqual(found.queryDefinitions, [{ queryDefinitionId, ...query }]);
    assert.deepEqual(await ask("DeleteQueryDefinition", { queryDefinitionId }), { success: true });
    assert.deepEqual((await ask("DescribeQueryDefinitions", {})).queryDefinitions, []);
  });

  it("leave a delivery as it is, as AWS does with what the provider asks for", async () => {
    const { result, body } = await gateway()({
      service: "logs",
      operation: "UpdateDeliveryConfiguration",
      region: "us-east-1",
      body: input({ id: "a", recordFields: ["date"] }),
    });
    assert.equal(result.status, 400);
    assert.match(body, /ValidationException/);
  });
});
