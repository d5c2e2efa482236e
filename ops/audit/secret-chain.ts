import {
  type Block,
  type Configuration,
  type Json,
  type JsonObject,
  leaves,
  valuesAt,
} from "../../local/terraform-json/index.ts";
import { containers, essential, secretsOf } from "./container.ts";
import { each, type Rule, rule } from "./rule.ts";

const secrets = (config: Configuration) => config.of("aws_secretsmanager_secret");
const versions = (config: Configuration) => config.of("aws_secretsmanager_secret_version");
const versionInName = (secret: Block | undefined) =>
  Number(/-v(\d+)$/.exec(String(secret?.get("name")))?.[1]);

/** Whether a secret, if there is one, is of the same name as another, by a version less. */
const isTheOneBefore = (one: Block | undefined, other: Block | undefined) =>
  one === undefined ||
  (versionInName(one) === versionInName(other) - 1 &&
    String(one.get("name")).replace(/\d+$/, "") === String(other?.get("name")).replace(/\d+$/, ""));

/** The secret that an ephemeral or a data source reads, through the version that was written. */
export const secretReadBy = (config: Configuration, reader: Block | undefined) =>
  config
    .targets(reader?.get("secret_id"), "aws_secretsmanager_secret_version")
    .flatMap((version) => config.targets(version.get("secret_id"), "aws_secretsmanager_secret"))[0];

/** Where the value of a secret may stand: the two ends that the origin token is compared at, and write-only arguments. */
const PLACES: Readonly<Record<string, RegExp>> = {
  aws_cloudfront_distribution: /^origin\.custom_header\.value$/,
  aws_lb_listener_rule: /^condition\.http_header\.values$/,
  aws_secretsmanager_secret_version: /^secret_string_wo$/,
  aws_rds_cluster: /^master_password_wo$/,
};
const isSecretValue = ({ mode, type }: Block) =>
  mode !== "resource" && type.startsWith("aws_secretsmanager_");

/** From the value that is made, through the secret that keeps it, to who reads it. */
export const secretChain: readonly Rule[] = [
  rule({
    id: "secret-has-one-value",
    source: "Secrets Manager user guide, Secret versions",
    words: "each secret is written once, from a value that is made for it alone",
    check: (config) => {
      const makers = config.ephemerals.filter(({ type }) => type === "aws_secretsmanager_random_password");
      return [
        ...each(
          secrets(config),
          (secret) => config.referrers("aws_secretsmanager_secret_version", "secret_id", secret).length === 1,
          "Give it exactly one aws_secretsmanager_secret_version.",
        ),
        ...each(
          makers,
          (maker) =>
            config.referrers("aws_secretsmanager_secret_version", "secret_string_wo", maker).length === 1,
          "Write its value into exactly one secret: two secrets with one value are one secret.",
        ),
      ];
    },
  }),
  rule({
    id: "secret-versions-agree",
    source: "Terraform ≥ 1.11, write-only arguments",
    words: "a new name means a new value: the version in a secret's name is what its value is written with",
    check: (config) => [
      ...each(
        versions(config),
        (version) =>
          version.number("secret_string_wo_version") ===
          versionInName(config.targets(version.get("secret_id"), "aws_secretsmanager_secret")[0]),
        "Set secret_string_wo_version to the version in the secret's name.",
      ),
      ...each(
        config.of("aws_rds_cluster"),
        (cluster) =>
          cluster.number("master_password_wo_version") ===
          versionInName(secretReadBy(config, config.targets(cluster.get("master_password_wo"))[0])),
        "Set master_password_wo_version to the version in the name of the password's secret.",
      ),
    ],
  }),
  rule({
    id: "owner-for-migrations-alone",
    source: "Core Requirements, 3; Constraints",
    words:
      "least privilege principle: migrations have the owner's password, the API has one of its own, and write keys are another secret",
    check: (config) =>
      each(
        config.of("aws_ecs_task_definition"),
        (task) => {
          const secret = (container: JsonObject | undefined, name: string) =>
            config.targets(container && secretsOf(container).get(name), "aws_secretsmanager_secret")[0];
          const [owner] = config
            .of("aws_rds_cluster")
            .map((cluster) => secretReadBy(config, config.targets(cluster.get("master_password_wo"))[0]));
          const [api] = essential(task);
          const migrations = containers(task).find((container) => container.essential === false);
          const own = secret(api, "DB_PASSWORD");
          return (
            own !== undefined &&
            own === secret(migrations, "API_DB_PASSWORD") &&
            owner !== undefined &&
            owner === secret(migrations, "DB_PASSWORD") &&
            new Set([own, owner, secret(api, "API_KEYS")]).size === 3 &&
            isTheOneBefore(secret(api, "API_KEYS_BEFORE"), secret(api, "API_KEYS")) &&
            !config.refersTo(api, owner)
          );
        },
        "Take the migrations' DB_PASSWORD from the secret that master_password_wo is read from, the API's DB_PASSWORD and the migrations' API_DB_PASSWORD from a second, API_KEYS from a third, and API_KEYS_BEFORE from the version before that.",
      ),
  }),
  rule({
    id: "secrets-not-shown",
    source: "Success Criteria",
    words: "Security: the value of a secret stands in no name, tag, description, setting, graph or query",
    check: (config) => {
      const shownIn = (value: Json) =>
        [...leaves(value)]
          .filter((leaf) => config.targets(leaf.value).some(isSecretValue))
          .map(({ path }) => path.replaceAll(/\.\d+/g, ""));
      const shown = (address: string, path: string) => ({
        address,
        message: `Remove the secret's value from ${path}: whoever may look at it would have it.`,
      });
      return [
        ...config.blocks.flatMap(({ address, mode, type, body }) =>
          shownIn(body)
            .filter((path) => mode !== "resource" || !PLACES[type]?.test(path))
            .map((path) => shown(address, path)),
        ),
        ...shownIn(config.root.output ?? {}).map((path) => shown("output", path)),
      ];
    },
  }),
  rule({
    id: "readers-wait-for-the-value",
    source: "Terraform, depends_on of data sources",
    words: "a value is read back after it was written, from the version that was written",
    check: (config) =>
      each(
        [...config.data, ...config.ephemerals].filter(
          ({ type }) => type === "aws_secretsmanager_secret_version",
        ),
        (reader) => {
          const [version] = config.targets(reader.get("secret_id"), "aws_secretsmanager_secret_version");
          return version !== undefined && valuesAt(reader.body, "depends_on").includes(version.address);
        },
        "Add the aws_secretsmanager_secret_version that it reads to its depends_on.",
      ),
  }),
];
