/** Whether the image that tasks will pull is there, and for their processor. */

import {
  BatchGetImageCommand,
  DescribeImagesCommand,
  type ECRClient,
  GetDownloadUrlForLayerCommand,
} from "@aws-sdk/client-ecr";
import { HOME_REGION } from "../../local/regions.ts";
import { type Check, codeOf, fail, pass, warn } from "./finding.ts";

const ECR =
  /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/([^:@]+)(?::([^@]+))?(?:@(sha256:[0-9a-f]{64}))?$/;

const PROCESSORS = { X86_64: "amd64", ARM64: "arm64" } as const;

export const image: Check = async ({ aws, settings, option }) => {
  const what = "image";
  const { CONTAINER_IMAGE: reference, CPU_ARCHITECTURE = "X86_64" } = settings.values;
  const build = `bin/catalog image${option}${settings.file ? " --write" : ""}`;
  if (!reference) return [fail(what, "CONTAINER_IMAGE is not set", build)];
  const [, registryId, region, repositoryName, imageTag, imageDigest] = ECR.exec(reference) ?? [];
  if (!registryId || !repositoryName)
    return [
      warn(
        what,
        `${reference} is not in ECR, and was not looked for`,
        "see that tasks may pull it without credentials",
      ),
    ];
  if (region !== HOME_REGION)
    return [warn(what, `${reference} is in ${region}: each start of a task pulls across regions`, build)];
  const id = imageDigest ? { imageDigest } : { imageTag: imageTag ?? "latest" };
  try {
    await aws.ecr.send(new DescribeImagesCommand({ registryId, repositoryName, imageIds: [id] }));
  } catch (error) {
    if (codeOf(error) === "RepositoryNotFoundException")
      return [fail(what, `the repository ${repositoryName} is not there`, build)];
    if (codeOf(error) === "ImageNotFoundException") return [fail(what, `${reference} is not there`, build)];
    throw error;
  }
  const wanted = PROCESSORS[CPU_ARCHITECTURE as keyof typeof PROCESSORS] ?? "amd64";
  const built = await processorsOf(aws.ecr, { registryId, repositoryName }, id);
  if (built.length > 0 && !built.includes(wanted))
    return [
      fail(
        what,
        `it is for ${built.join(", ")}, and CPU_ARCHITECTURE is ${CPU_ARCHITECTURE}`,
        `${build}, or set CPU_ARCHITECTURE`,
      ),
    ];
  return [pass(what, `${reference}${built.length > 0 ? `, for ${wanted}` : ""}`)];
};

interface Manifest {
  readonly manifests?: readonly { platform?: { architecture?: string; os?: string } }[];
  readonly config?: { digest: string };
}

/** Of a list of images, what it lists; of a single one, what its configuration says. Empty when that cannot be read. */
async function processorsOf(
  ecr: ECRClient,
  repository: { registryId: string; repositoryName: string },
  id: { imageTag?: string; imageDigest?: string },
): Promise<string[]> {
  const { images = [] } = await ecr.send(
    new BatchGetImageCommand({
      ...repository,
      imageIds: [id],
      acceptedMediaTypes: [
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
      ],
    }),
  );
  const manifest = JSON.parse(images[0]?.imageManifest ?? "{}") as Manifest;
  const listed = manifest.manifests?.flatMap(({ platform }) =>
    platform?.architecture && platform.os !== "unknown" ? [platform.architecture] : [],
  );
  if (listed) return listed;
  if (!manifest.config) return [];
  const { downloadUrl } = await ecr.send(
    new GetDownloadUrlForLayerCommand({ ...repository, layerDigest: manifest.config.digest }),
  );
  const answer = downloadUrl ? await fetch(downloadUrl) : undefined;
  const config = answer?.ok ? ((await answer.json()) as { architecture?: string }) : {};
  return config.architecture ? [config.architecture] : [];
}
