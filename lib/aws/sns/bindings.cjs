// Required, not imported: see docs/ARCHITECTURE.md, "The code".
exports.SnsTopic = require("@cdktn/provider-aws/lib/sns-topic/index.js").SnsTopic;
exports.SnsTopicSubscription =
  require("@cdktn/provider-aws/lib/sns-topic-subscription/index.js").SnsTopicSubscription;
