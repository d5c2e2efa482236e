import {
  type Block,
  type Configuration,
  type Json,
  type JsonObject,
  type Leaf,
  references,
} from "../../local/terraform-json/index.ts";
import { containers, environmentOf, secretsOf } from "./container.ts";
import { each, type Rule, rule, type Violation } from "./rule.ts";

/** Arguments that carry a secret into the state. Their write-only twins (`…_wo`) do not. */
export const SECRET_ARGUMENT =
  /^(master_password|password|admin_password|auth_token|token|secret|secret_string|secret_binary|private_key|secret_key|access_key|client_secret|api_key)$/;
/** Names of settings that hold a secret. */
const SECRET_SETTING = /PASSWORD|PASSWD|SECRET|TOKEN|API_KEY|PRIVATE_KEY|CREDENTIAL/i;
/** The one plain use of a secret: what CloudFront tells the load balancer. It lets nobody at data. */
const ORIGIN_TOKEN_USERS = ["aws_cloudfront_distribution", "aws_lb_listener_rule"];

const secrets = (config: Configuration) => config.of("aws_secretsmanager_secret");
const secretVersions = (config: Configuration) => config.of("aws_secretsmanager_secret_version");
const readSecrets = (config: Configuration) =>
  config.data.filter(({ type }) => type === "aws_secretsmanager_secret_version");

/** The addresses of whoever reads the data source, outputs too; of those that may, or of those that may not. */
function plainUses(config: Configuration, source: Block, allowed: boolean): string[] {
  const users = config.blocks.filter((block) => block !== source && config.refersTo(block.body, source));
  const outputs = Object.entries((config.root.output ?? {}) as JsonObject)
    .filter(([, output]) => !allowed && config.refersTo(output, source))
    .map(([name]) => `output.${name}`);
  return [
    ...users
      .filter(({ type }) => ORIGIN_TOKEN_USERS.includes(type) === allowed)
      .map(({ address }) => address),
    ...outputs,
  ];
}

const fromEphemeral = (config: Configuration, value: Json | undefined) =>
  config.targets(value).some(({ mode }) => mode === "ephemeral");

/** Where credentials are, and where they are not. */
export const secretRules: readonly Rule[] = [
  rule({
    id: "password-in-secrets-manager",
    source: "Core Requirements, 3; Constraints",
    words: "Database password: stored in Secrets Manager",
    check: (config) =>
      each(
        config.of("aws_rds_cluster"),
        (cluster) =>
          config
            .targets(cluster.get("master_password_wo"), "aws_secretsmanager_secret_version")
            .some(
              (version) =>
                version.mode === "ephemeral" &&
                secretVersions(config).some((each) => config.waitsFor(version, each)),
            ),
        "Read master_password_wo from the secret, through an ephemeral aws_secretsmanager_secret_version.",
      ),
  }),
  rule({
    id: "secrets-write-only",
    source: "Terraform ≥ 1.11, write-only arguments",
    words: "a secret's value is generated while applying and is in no state",
    check: (config) =>
      each(
        secretVersions(config),
        (version) => fromEphemeral(config, version.get("secret_string_wo")),
        "Write secret_string_wo from an ephemeral aws_secretsmanager_random_password.",
      ),
  }),
  rule({
    id: "secret-to-task",
    source: "Success Criteria",
    words: "Security: Database credentials in Secrets Manager, handed to the task by reference",
    check: (config) =>
      each(
        config.of("aws_ecs_task_definition"),
        (task) =>
          containers(task).every((container) => {
            const names = ["DB_PASSWORD", container.essential === true ? "API_KEYS" : "API_DB_PASSWORD"];
            const values = names.map((name) => secretsOf(container).get(name));
            return values.every((value) => config.targets(value, "aws_secretsmanager_secret").length === 1);
          }),
        "Give DB_PASSWORD, and API_KEYS or API_DB_PASSWORD, in the container's secrets, by valueFrom a secret's ARN.",
      ),
  }),
  rule({
    id: "no-secret-in-settings",
    source: "Core Requirements",
    words: "Database credentials need to be securely managed: none among the container's plain settings",
    check: (config) =>
      config.of("aws_ecs_task_definition").flatMap((task) =>
        containers(task).flatMap((container) =>
          [...environmentOf(container).keys()]
            .filter((name) => SECRET_SETTING.test(name))
            .map((name) => ({
              address: task.address,
              message: `Move ${name} from environment to secrets.`,
            })),
        ),
      ),
  }),
  rule({
    id: "no-secret-in-configuration",
    source: "Success Criteria",
    words: "no random_password, master_password, secret_string or literal credential",
    check: (config) => [
      ...config.blocks
        .filter(({ type }) => type.startsWith("random_") || type === "tls_private_key")
        .map(({ address }) => ({
          address,
          message: "Its value would be in the state: use an ephemeral aws_secretsmanager_random_password.",
        })),
      ...config.blocks.flatMap((block) =>
        block
          .leaves()
          .filter((leaf) => isSecretArgument(leaf) || isCredential(leaf))
          .map(({ path }) => ({
            address: block.address,
            message: `Remove ${path}: it would be in the state.`,
          })),
      ),
    ],
  }),
  rule({
    id: "origin-token-only",
    source: "Success Criteria",
    words: "the origin header's token is the only secret that is read in plain",
    check: (config) =>
      readSecrets(config).flatMap((source) =>
        plainUses(config, source, false).map((address) => ({
          address,
          message: `Reads ${source.address}, which is in the state: use an ephemeral resource and a write-only argument.`,
        })),
      ),
    exceptions: (config) =>
      readSecrets(config).map((source) => ({
        address: source.address,
        message: `allowed: the origin token, in the state for ${
          plainUses(config, source, true).join(", ") || "nobody"
        }; it lets nobody at data`,
      })),
  }),
  rule({
    id: "origin-token-is-no-password",
    source: "Success Criteria",
    words: "what is read in plain is neither the database's password nor the write keys",
    check: (config) => {
      const handedOver = config
        .of("aws_ecs_task_definition")
        .flatMap((task) => containers(task).flatMap((container) => [...secretsOf(container).values()]))
        .flatMap((value) => config.targets(value, "aws_secretsmanager_secret"));
      return readSecrets(config).flatMap((source): Violation[] =>
        handedOver
          .filter((secret) => config.waitsFor(source, secret))
          .map((secret) => ({ address: source.address, message: `Do not read ${secret.address} in plain.` })),
      );
    },
  }),
  rule({
    id: "secret-recovery-window",
    source: "Secrets Manager Configuration; Common Deployment Failures, 6",
    words: "Set recovery_window_in_days=0 to allow immediate deletion",
    check: (config) =>
      each(
        secrets(config),
        (secret) => secret.get("recovery_window_in_days") === 0,
        "Set recovery_window_in_days to 0: the default of 30 days blocks the name.",
      ),
  }),
  rule({
    id: "secret-name-version",
    source: "Secrets Manager Configuration; Common Deployment Failures, 6",
    words: "Use version suffixes in secret names to avoid naming conflicts",
    check: (config) =>
      each(
        secrets(config),
        (secret) => /-v\d+$/.test(String(secret.get("name"))),
        (secret) => `End the name with a version: ${secret.get("name")}-v1.`,
      ),
  }),
];

function isSecretArgument({ argument, value }: Leaf): boolean {
  return SECRET_ARGUMENT.test(argument) && value !== null && value !== "";
}

/** Literals by which credentials are known, wherever they stand: AWS keys, private keys, passwords in URLs. */
const CREDENTIAL = [
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]+:[^\s:/@]+@/i,
  /\b(ghp|gho|github_pat|xox[abp]|sk_live)_\w{16,}/,
];

function isCredential({ argument, value }: Leaf): boolean {
  return (
    typeof value === "string" &&
    references(value).length === 0 &&
    // The tag of an image is a commit's hash, as often as not.
    (CREDENTIAL.some((pattern) => pattern.test(value)) || (argument !== "image" && looksRandom(value)))
  );
}

/**
 * A long unbroken run of letters and digits of both cases with the entropy of a generated value, or of hexadecimal digits
 * that are no image digest and no part of a host name or an address. Names are made of words separated by hyphens, underscores or
 * slashes, ids of short hexadecimal groups: neither comes near.
 */
export function looksRandom(text: string): boolean {
  const mixed = (text.match(/[A-Za-z0-9+/=]{24,}/g) ?? []).some(
    (run) => /[a-z]/.test(run) && /[A-Z]/.test(run) && /\d/.test(run) && entropy(run) > 3.8,
  );
  const hexadecimal = (text.match(/(?<!sha256:[0-9a-f]*)[0-9a-f]{32,}(?![0-9a-f]*[@.][a-z])/g) ?? []).some(
    (run) => entropy(run) > 2.5,
  );
  return mixed || hexadecimal;
}

/** Shannon entropy, in bits per character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, n) => sum - (n / text.length) * Math.log2(n / text.length), 0);
}
