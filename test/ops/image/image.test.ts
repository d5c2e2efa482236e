/** The image, built and pushed for real: Debian's Buildah and docker-registry, with ECR's own calls answered here. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../../../local/ports.ts";
import { Engine } from "../../../ops/image/engine.ts";
import { publishImage, tagOfCommit } from "../../../ops/image/publish.ts";
import { findExecutable } from "../../../ops/tools.ts";
import { type Answers, awsError, fakeAws } from "../support/fake-aws.ts";

const missing = ["buildah", "docker-registry"].filter(
  (name) => !findExecutable(name, process.env.PATH ?? ""),
);
const skip = missing.length > 0 && `${missing.join(" and ")} not installed`;

/** ECR's answers about a repository in a registry of this machine. */
function ecr(registry: string) {
  const calls: string[] = [];
  let made = false;
  const repository = { repositoryArn: "arn:repository", repositoryUri: `${registry}/catalog-api` };
  const told = (name: string, answer: (input: Record<string, unknown>) => unknown) => ({
    [name]: (input: Record<string, unknown>) => {
      calls.push(name.replace(/Command$/, ""));
      return answer(input);
    },
  });
  const answers: Answers = {
    ...told("DescribeRepositoriesCommand", () => {
      if (!made) throw awsError("RepositoryNotFoundException");
      return { repositories: [repository] };
    }),
    ...told("CreateRepositoryCommand", ({ imageTagMutability, imageScanningConfiguration }) => {
      assert.deepEqual([imageTagMutability, imageScanningConfiguration], ["IMMUTABLE", { scanOnPush: true }]);
      made = true;
      return { repository };
    }),
    ...told("PutImageTagMutabilityCommand", () => ({})),
    ...told("PutImageScanningConfigurationCommand", () => ({})),
    ...told("TagResourceCommand", () => ({})),
    ...told("PutLifecyclePolicyCommand", ({ lifecyclePolicyText }) => {
      assert.equal(JSON.parse(String(lifecyclePolicyText)).rules.length, 2);
      return {};
    }),
    GetAuthorizationTokenCommand: () => ({
      authorizationData: [{ authorizationToken: Buffer.from("AWS:secret").toString("base64") }],
    }),
    DescribeImagesCommand: async ({ imageIds }) => {
      const [{ imageTag }] = imageIds as [{ imageTag: string }];
      const answer = await fetch(`http://${registry}/v2/catalog-api/manifests/${imageTag}`, {
        method: "HEAD",
        headers: { accept: "application/vnd.oci.image.manifest.v1+json" },
      });
      if (!answer.ok) throw awsError("ImageNotFoundException");
      return { imageDetails: [{ imageDigest: answer.headers.get("docker-content-digest") }] };
    },
  };
  return { client: fakeAws(answers).ecr, calls };
}

describe("the image", { skip }, () => {
  let folder = "";
  let registry = "";
  let server: ChildProcess;
  const variables = [
    "HOME",
    "XDG_RUNTIME_DIR",
    "STORAGE_DRIVER",
    "BUILDAH_ISOLATION",
    "CONTAINERS_STORAGE_CONF",
  ];
  const kept = Object.fromEntries(variables.map((name) => [name, process.env[name]]));

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "image-"));
    const port = await freePort();
    registry = `127.0.0.1:${port}`;
    writeFileSync(
      path.join(folder, "registry.yml"),
      `version: 0.1\nlog: { level: error }\nstorage: { filesystem: { rootdirectory: ${folder}/registry } }\nhttp: { addr: ${registry} }\n`,
    );
    writeFileSync(
      path.join(folder, "storage.conf"),
      `[storage]\ndriver = "vfs"\nrunroot = "${folder}/run"\ngraphroot = "${folder}/graph"\n`,
    );
    writeFileSync(path.join(folder, "Dockerfile"), "FROM scratch\nCOPY hello /hello\nUSER 10001\n");
    writeFileSync(path.join(folder, "hello"), "hello\n");
    Object.assign(process.env, {
      HOME: folder,
      XDG_RUNTIME_DIR: folder,
      STORAGE_DRIVER: "vfs",
      BUILDAH_ISOLATION: "chroot",
      CONTAINERS_STORAGE_CONF: path.join(folder, "storage.conf"),
    });
    server = spawn("docker-registry", ["serve", path.join(folder, "registry.yml")], { stdio: "ignore" });
    while (!(await fetch(`http://${registry}/v2/`).catch(() => undefined))?.ok) await delay(50);
  });
  after(() => {
    server.kill();
    for (const [name, value] of Object.entries(kept)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const publish = (account: ReturnType<typeof ecr>, tag: string, dockerfile = "Dockerfile") =>
    publishImage({
      ecr: account.client,
      engine: new Engine("buildah", new AbortController().signal),
      repository: "catalog-api",
      tag,
      architecture: "ARM64",
      say: () => undefined,
      source: { dockerfile: path.join(folder, dockerfile), context: folder },
    });

  it("is built for the settings' processor, pushed, and named by the digest that the registry has", async () => {
    const account = ecr(registry);
    const { reference, repository, image } = await publish(account, "one");
    assert.deepEqual([repository, image], ["created", "pushed"]);
    assert.deepEqual(account.calls, ["DescribeRepositories", "CreateRepository", "PutLifecyclePolicy"]);
    const [, digest] = reference.split("@");
    assert.match(reference, new RegExp(`^${registry}/catalog-api@sha256:[0-9a-f]{64}$`));
    const accept = { headers: { accept: "application/vnd.oci.image.manifest.v1+json" } };
    const read = async <T>(url: string, how = {}): Promise<T> => (await fetch(url, how)).json() as Promise<T>;
    const manifest = await read<{ config: { digest: string } }>(
      `http://${registry}/v2/catalog-api/manifests/${digest}`,
      accept,
    );
    const blob = `http://${registry}/v2/catalog-api/blobs/${manifest.config.digest}`;
    const config = await read<{ architecture: string; config: { User: string } }>(blob);
    assert.deepEqual([config.architecture, config.config.User], ["arm64", "10001"]);
  });

  it("is not built a second time, and the repository is brought to what it shall be", async () => {
    const account = ecr(registry);
    const first = await publish(account, "two");
    const again = await publish(account, "two", "NoDockerfile");
    assert.deepEqual(again, { ...first, repository: "present", image: "present" });
    for (const call of ["PutImageTagMutability", "PutImageScanningConfiguration", "TagResource"])
      assert.ok(account.calls.includes(call), call);
  });

  it("says which step of the engine failed", async () => {
    await assert.rejects(
      publish(ecr(registry), "three", "NoDockerfile"),
      /^UserError: buildah build ended with \d+/,
    );
  });
});

describe("the image's tag", () => {
  it("is the commit, where there is one", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "no-git-"));
    await assert.rejects(tagOfCommit(folder), /no git checkout: .*--tag/);
    rmSync(folder, { recursive: true });
  });

  it("needs an engine", () => {
    const none = new AbortController().signal;
    assert.throws(
      () => new Engine(undefined, none, "/nowhere"),
      /Docker, Podman or Buildah is not on the PATH/,
    );
    assert.throws(() => new Engine("podman", none, "/nowhere"), /podman is not on the PATH/);
  });
});
