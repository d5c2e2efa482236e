// Required, not imported: see docs/ARCHITECTURE.md, "The code".
exports.IamRole = require("@cdktn/provider-aws/lib/iam-role/index.js").IamRole;
exports.IamRolePolicy = require("@cdktn/provider-aws/lib/iam-role-policy/index.js").IamRolePolicy;
