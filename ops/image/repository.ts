/** The repository of the images: it outlives every environment, and is no part of a stack. */
import {
  CreateRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  type ECRClient,
  GetAuthorizationTokenCommand,
  PutImageScanningConfigurationCommand,
  PutImageTagMutabilityCommand,
  PutLifecyclePolicyCommand,
  TagResourceCommand,
} from "@aws-sdk/client-ecr";
import { UserError } from "../../cli/user-error.ts";

export interface Repository {
  /** `123456789012.dkr.ecr.eu-north-1.amazonaws.com/catalog-api` */
  readonly uri: string;
  readonly made: "created" | "present";
}

const TAGS = [
  { Key: "Project", Value: "catalog-api" },
  { Key: "Environment", Value: "production" },
];

/** An image without a tag is a push that broke off. Of the others enough are kept to go back a long way. */
const LIFE_CYCLE = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      description: "What no tag names goes after two weeks",
      selection: { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 14 },
      action: { type: "expire" },
    },
    {
      rulePriority: 2,
      description: "The newest 200 stay",
      selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 200 },
      action: { type: "expire" },
    },
  ],
});

/** Makes the repository, or brings one that is there to the same settings: immutable tags, scanned images, a life cycle. */
export async function ensureRepository(ecr: ECRClient, repositoryName: string): Promise<Repository> {
  const imageScanningConfiguration = { scanOnPush: true };
  const present = await describe(ecr, repositoryName);
  if (present) {
    const { repositoryArn } = present;
    await ecr.send(new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: "IMMUTABLE" }));
    await ecr.send(new PutImageScanningConfigurationCommand({ repositoryName, imageScanningConfiguration }));
    await ecr.send(new TagResourceCommand({ resourceArn: repositoryArn, tags: TAGS }));
  }
  const repository =
    present ??
    (
      await ecr.send(
        new CreateRepositoryCommand({
          repositoryName,
          imageScanningConfiguration,
          imageTagMutability: "IMMUTABLE",
          encryptionConfiguration: { encryptionType: "AES256" },
          tags: TAGS,
        }),
      )
    ).repository;
  await ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText: LIFE_CYCLE }));
  if (!repository?.repositoryUri)
    throw new UserError(`ECR does not say where ${repositoryName} is: look at it in the console.`);
  return { uri: repository.repositoryUri, made: present ? "present" : "created" };
}

async function describe(ecr: ECRClient, repositoryName: string) {
  try {
    const { repositories = [] } = await ecr.send(
      new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }),
    );
    return repositories[0];
  } catch (error) {
    if ((error as Error).name !== "RepositoryNotFoundException") throw error;
    return undefined;
  }
}

/** @returns `sha256:…`, or undefined while no image bears the tag */
export async function digestOf(
  ecr: ECRClient,
  repositoryName: string,
  imageTag: string,
): Promise<string | undefined> {
  try {
    const { imageDetails = [] } = await ecr.send(
      new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag }] }),
    );
    return imageDetails[0]?.imageDigest;
  } catch (error) {
    if ((error as Error).name !== "ImageNotFoundException") throw error;
    return undefined;
  }
}

/** A password for the registry, good for twelve hours. */
export async function registryPassword(ecr: ECRClient): Promise<string> {
  const { authorizationData = [] } = await ecr.send(new GetAuthorizationTokenCommand({}));
  const [user, password = ""] = Buffer.from(authorizationData[0]?.authorizationToken ?? "", "base64")
    .toString()
    .split(":");
  if (user !== "AWS")
    throw new UserError(
      "ECR gave no password for its registry: see who you are, with bin/catalog preflight.",
    );
  return password;
}
