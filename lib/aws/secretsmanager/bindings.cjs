// The provider's bindings, required: Node reads CommonJS twice when it is imported, and bindings are large (docs/ARCHITECTURE.md).
exports.DataAwsSecretsmanagerSecretVersion =
  require("@cdktn/provider-aws/lib/data-aws-secretsmanager-secret-version/index.js").DataAwsSecretsmanagerSecretVersion;
exports.EphemeralAwsSecretsmanagerRandomPassword =
  require("@cdktn/provider-aws/lib/ephemeral-aws-secretsmanager-random-password/index.js").EphemeralAwsSecretsmanagerRandomPassword;
exports.EphemeralAwsSecretsmanagerSecretVersion =
  require("@cdktn/provider-aws/lib/ephemeral-aws-secretsmanager-secret-version/index.js").EphemeralAwsSecretsmanagerSecretVersion;
exports.SecretsmanagerSecret =
  require("@cdktn/provider-aws/lib/secretsmanager-secret/index.js").SecretsmanagerSecret;
exports.SecretsmanagerSecretVersion =
  require("@cdktn/provider-aws/lib/secretsmanager-secret-version/index.js").SecretsmanagerSecretVersion;
