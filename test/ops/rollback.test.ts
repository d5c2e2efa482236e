import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ServiceName } from "../../ops/deploy/ecs.ts";
import { wayBack } from "../../ops/rollback.ts";
import { fakeAws } from "./support/fake-aws.ts";

const NAME: ServiceName = {
  service: "service-api-dev",
  cluster: "cluster-dev",
  logGroup: "",
  balancer: "",
  alarms: [],
};
const arn = (revision: number) => `arn:aws:ecs:eu-north-1:1:task-definition/task-api-dev:${revision}`;

/** @param images of the revisions, from 1; @param held revisions that reached a steady state, newest first */
const account = (images: string[], held: number[], present = images.length) =>
  fakeAws({
    DescribeServicesCommand: () => ({
      services: [{ status: "ACTIVE", deployments: [{ status: "PRIMARY", taskDefinition: arn(present) }] }],
    }),
    DescribeTaskDefinitionCommand: ({ taskDefinition }) => ({
      taskDefinition: {
        containerDefinitions: [
          { name: "migrate", image: "other" },
          { name: "api", image: images[Number(String(taskDefinition).split(":").at(-1)) - 1] },
        ],
      },
    }),
    ListServiceDeploymentsCommand: ({ status }) => {
      assert.deepEqual(status, ["SUCCESSFUL"]);
      // In no order: ECS promises none.
      return {
        serviceDeployments: held
          .map((revision) => ({ targetServiceRevisionArn: String(revision), createdAt: new Date(revision) }))
          .toSorted(),
      };
    },
    DescribeServiceRevisionsCommand: ({ serviceRevisionArns }) => ({
      serviceRevisions: [{ taskDefinition: arn(Number((serviceRevisionArns as string[])[0])) }],
    }),
  });

describe("the way back", () => {
  it("is the last image that held before the present one", async () => {
    assert.deepEqual(await wayBack(account(["a:1", "a:2", "a:3"], [1, 2, 3]), NAME), {
      taskDefinition: arn(2),
      image: "a:2",
      from: "a:3",
    });
  });

  it("passes over revisions that never held, and over those of the same image", async () => {
    const { image } = await wayBack(account(["a:1", "a:broken", "a:3", "a:3"], [1, 3, 4]), NAME);
    assert.equal(image, "a:1");
  });

  it("is the image that runs, when the file's failed and ECS went back by itself", async () => {
    const images = ["a:1", "a:2", "a:3"];
    for (const held of [[1, 2], []])
      assert.deepEqual(await wayBack(account(images, held, 2), NAME, "a:3"), {
        taskDefinition: arn(2),
        image: "a:2",
        from: "a:3",
      });
  });

  it("is the image before, when the file's runs or is still failing", async () => {
    for (const held of [
      [1, 2, 3],
      [1, 2],
    ])
      assert.equal((await wayBack(account(["a:1", "a:2", "a:3"], held), NAME, "a:3")).image, "a:2");
  });

  it("says what to do where ECS remembers no other", async () => {
    await assert.rejects(
      wayBack(account(["a:1"], [1]), NAME),
      /remembers no other image.*set CONTAINER_IMAGE/,
    );
  });

  it("says that nothing is deployed", async () => {
    await assert.rejects(wayBack(fakeAws({}), NAME), /nothing is deployed/);
  });
});
