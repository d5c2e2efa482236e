// The provider's bindings, required: Node reads CommonJS twice when it is imported, and bindings are large (docs/ARCHITECTURE.md).
exports.IamRole = require("@cdktn/provider-aws/lib/iam-role/index.js").IamRole;
exports.IamRolePolicy = require("@cdktn/provider-aws/lib/iam-role-policy/index.js").IamRolePolicy;
