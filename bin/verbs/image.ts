import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { command } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { jsonOption, printResult, say } from "../../cli/output.ts";
import { environmentOf, fileToWrite, settingsOption, suffixOption } from "../environment.ts";

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html */
function repositoryName(text: string): string {
  const isName =
    text.length >= 2 &&
    text.length <= 256 &&
    /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/.test(text);
  if (isName) return text;
  throw new InvalidArgumentError("Choose a-z, 0-9 and single inner . _ - or /, as catalog-api.");
}

/** https://docs.docker.com/reference/cli/docker/image/tag/ */
function imageTag(text: string): string {
  if (/^\w[\w.-]{0,127}$/.test(text)) return text;
  throw new InvalidArgumentError("Choose up to 128 letters, digits, _ . and -, as 1.4.0.");
}

export default command("image", {
  0: "the image is in the repository; its reference is printed",
  1: "no engine, or it failed to build or to push",
})
  .description(
    "Builds the API's image with your container engine, pushes it to ECR, and prints its reference with the digest, for CONTAINER_IMAGE. " +
      "Makes the repository, or brings it to what it shall be: immutable tags, each image scanned, a life cycle. Safe to run again: a tag " +
      "that is there is not built a second time. Whoever runs it needs the rights to make and to push to an ECR repository.",
  )
  .addOption(settingsOption)
  .addOption(suffixOption)
  .option("--repository <name>", "the repository in ECR", repositoryName, "catalog-api")
  .option("--tag <tag>", "what the image is called (default: the commit)", imageTag)
  .addOption(
    new Option("--engine <name>", "what builds it (default: the first that is installed)").choices([
      "docker",
      "podman",
      "buildah",
    ] as const),
  )
  .option("--write", "write the reference into the settings file, as CONTAINER_IMAGE")
  .addOption(jsonOption)
  .action(async ({ repository, tag, engine: wanted, write, json, ...options }) => {
    const settings = environmentOf(options);
    const file = write ? fileToWrite(settings) : undefined;
    const { awsClients } = await import("../../ops/aws.ts");
    const { writeSetting } = await import("../../ops/environment/settings-file.ts");
    const { Engine } = await import("../../ops/image/engine.ts");
    const { publishImage, tagOfCommit } = await import("../../ops/image/publish.ts");
    const engine = new Engine(wanted, interruption());
    const published = await publishImage({
      ...{ engine, repository, ecr: awsClients().ecr },
      tag: tag ?? (await tagOfCommit()),
      architecture: settings.values.CPU_ARCHITECTURE,
      say,
    });
    if (file) writeSetting(file, "CONTAINER_IMAGE", published.reference);
    printResult(published, json, ({ reference }) => reference);
  });
