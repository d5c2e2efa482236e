// The provider's bindings, required: Node reads CommonJS twice when it is imported, and bindings are large (docs/ARCHITECTURE.md).
exports.SnsTopic = require("@cdktn/provider-aws/lib/sns-topic/index.js").SnsTopic;
exports.SnsTopicSubscription =
  require("@cdktn/provider-aws/lib/sns-topic-subscription/index.js").SnsTopicSubscription;
