// Required, not imported: see docs/ARCHITECTURE.md, "The code".
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
