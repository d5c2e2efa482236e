// Required, not imported: see docs/ARCHITECTURE.md, "The code".
exports.Wafv2WebAcl = require("@cdktn/provider-aws/lib/wafv2-web-acl/index.js").Wafv2WebAcl;
exports.Wafv2WebAclLoggingConfiguration =
  require("@cdktn/provider-aws/lib/wafv2-web-acl-logging-configuration/index.js").Wafv2WebAclLoggingConfiguration;
