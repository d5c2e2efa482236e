import { UserError } from "../aws/core/index.ts";

/** At most 255 characters, as ECS takes it. */
export const IMAGE =
  /^(?=.{1,255}$)(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::\d{1,5})?\/)?[a-z0-9]+(?:(?:[._/]|__|-+)[a-z0-9]+)*(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;

/**
 * What an apply would refuse, or a rollback could not find again: a tag that says a version, a number or a commit has a digit in it;
 * `latest`, `main` or `stable` is another image tomorrow.
 */
export function checkImage(image: string): void {
  checkEcrName(image);
  const port = Number(/^[^/]+:(\d+)\//.exec(image)?.[1] ?? 443);
  if (port < 1 || port > 65_535)
    throw new UserError(`'${image}' has a port that there is not: use 1 to 65535.`);
  const tag = /:([\w.-]+)$/.exec(image.split("/").at(-1)!)?.[1];
  if (!image.includes("@") && (tag === undefined || !/\d/.test(tag) || /latest/i.test(tag)))
    throw new UserError(
      `'${image}' may be another image tomorrow: name it by a version, as ${tag === undefined ? image : image.slice(0, -tag.length - 1)}:1.0.0, or by its digest.`,
    );
}

/**
 * ECR is reached under four names, in any case; the execution role's right to pull is written for the first alone. China and
 * GovCloud are other partitions: no role of this one gets in there.
 */
function checkEcrName(image: string): void {
  const [registry = ""] = image.split("/");
  if (
    /\.dkr[.-]ecr|\becr-fips\b/i.test(registry) &&
    !/^\d{12}\.dkr\.ecr\.(?!cn-|us-gov-|us-iso)[a-z]{2}(?:-[a-z]+)+-\d\.amazonaws\.com$/.test(registry)
  )
    throw new UserError(
      `'${registry}' is a name of ECR that no right to pull is written for: use <account>.dkr.ecr.<region>.amazonaws.com.`,
    );
}
