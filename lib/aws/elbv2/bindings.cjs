// Required, not imported: see docs/ARCHITECTURE.md, "The code".
exports.Lb = require("@cdktn/provider-aws/lib/lb/index.js").Lb;
exports.LbListener = require("@cdktn/provider-aws/lib/lb-listener/index.js").LbListener;
exports.LbListenerRule = require("@cdktn/provider-aws/lib/lb-listener-rule/index.js").LbListenerRule;
exports.LbTargetGroup = require("@cdktn/provider-aws/lib/lb-target-group/index.js").LbTargetGroup;
