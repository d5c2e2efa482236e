import { basename } from "node:path";
import { type Configuration, type JsonObject, valuesAt } from "../../local/terraform-json/index.ts";
import { carries, environmentSuffix } from "./naming.ts";
import { demand, each, type Rule, rule } from "./rule.ts";

/** Arguments of Terraform's S3 backend that this stack has use for (Terraform documentation, "Backend Type: s3"). */
const BACKEND_ARGUMENTS = new Set([
  ...["bucket", "key", "region", "encrypt", "dynamodb_table", "profile", "role_arn", "assume_role"],
  ...["workspace_key_prefix", "kms_key_id", "acl", "endpoints", "max_retries", "use_lockfile"],
  ...["skip_credentials_validation", "skip_metadata_api_check", "skip_region_validation"],
  ...["skip_requesting_account_id", "skip_s3_checksum", "use_path_style", "access_key", "secret_key"],
]);

const backends = (config: Configuration) => valuesAt(config.root, "terraform.backend.s3") as JsonObject[];

/** Where the state is, and which Terraform and provider may read it. */
export const state: readonly Rule[] = [
  rule({
    id: "state-encrypted",
    source: "S3 Backend Configuration",
    words: "Use encrypt=True for state encryption",
    check: (config) =>
      demand(
        backends(config).every(({ encrypt }) => encrypt === true),
        "terraform.backend.s3",
        "Set encrypt to true.",
      ),
  }),
  rule({
    id: "state-locked",
    source: "S3 Backend Configuration",
    words: "State locking via DynamoDB",
    check: (config) =>
      demand(
        backends(config).every(({ dynamodb_table }) => typeof dynamodb_table === "string"),
        "terraform.backend.s3",
        "Set dynamodb_table (STATE_LOCK_TABLE): without a table nothing is locked.",
      ),
  }),
  rule({
    id: "no-lockfile",
    source: "S3 Backend Configuration; Common Deployment Failures, 1",
    words: "Do NOT use use_lockfile property",
    check: (config) =>
      demand(
        backends(config).every((backend) => backend.use_lockfile === undefined),
        "terraform.backend.s3",
        "Remove use_lockfile; set dynamodb_table to lock.",
      ),
  }),
  rule({
    id: "backend-properties",
    source: "S3 Backend Configuration; Common Deployment Failures, 1",
    words: "Do NOT use add_override to add invalid backend properties",
    check: (config) =>
      backends(config).flatMap((backend) =>
        Object.keys(backend)
          .filter((argument) => !BACKEND_ARGUMENTS.has(argument))
          .map((argument) => ({
            address: "terraform.backend.s3",
            message: `Remove ${argument}: the S3 backend has no such argument.`,
          })),
      ),
  }),
  rule({
    id: "state-per-environment",
    source: "Success Criteria",
    words: "environment isolation: each environment has a state of its own",
    check: (config) => {
      const suffix = environmentSuffix(config);
      return Object.entries((valuesAt(config.root, "terraform.backend")[0] ?? {}) as JsonObject).flatMap(
        ([kind, backend]) => {
          const { key, path } = backend as { key?: string; path?: string };
          const place = String(key ?? basename(path ?? "")).replaceAll(/[./]/g, "-");
          return demand(
            suffix !== undefined && carries(place, suffix),
            `terraform.backend.${kind}`,
            `Put the suffix into its ${key === undefined ? "path" : "key"}, or a second environment replaces the first.`,
          );
        },
      );
    },
  }),
  rule({
    id: "provider-versions",
    source: "Terraform registry, hashicorp/aws upgrade guide",
    words: "the same configuration is accepted by provider 5.100 and 6.x",
    check: (config) => [
      ...demand(
        valuesAt(config.root, "terraform.required_providers.aws.version")[0] === ">= 5.100.0, < 7.0.0",
        "terraform.required_providers.aws",
        'Set version to ">= 5.100.0, < 7.0.0".',
      ),
      ...each(
        config.blocks,
        (block) => block.body.region === undefined,
        "Remove region: only provider 6 knows it on a resource. Use an aliased provider.",
      ),
      ...each(
        config.of("aws_ecs_service"),
        (service) => service.get("deployment_configuration") === undefined,
        "Remove deployment_configuration: only provider 6 knows it.",
      ),
    ],
  }),
  rule({
    id: "terraform-version",
    source: "Terraform 1.11 upgrade guide",
    words: "Terraform 1.11 or later: older ones have no write-only arguments; and any of the later ones",
    check: (config) =>
      demand(
        valuesAt(config.root, "terraform.required_version")[0] === ">= 1.11.0",
        "terraform.required_version",
        'Set required_version to ">= 1.11.0".',
      ),
  }),
];
