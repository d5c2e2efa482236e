import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Duration } from "../../../lib/aws/core/index.ts";
import { serving } from "../../support/serving.ts";

describe("ApplicationLoadBalancer", () => {
  it("answers with its default action, unless the header is there", () => {
    const template = serving();
    assert.equal(template.only("aws_lb_listener").default_action[0].fixed_response.status_code, "403");
    const rule = template.only("aws_lb_listener_rule");
    assert.deepEqual(rule.condition, [{ http_header: { http_header_name: "x-a", values: ["b"] } }]);
    assert.equal(rule.action[0].type, "forward");
  });

  it("speaks TLS 1.2 and 1.3 when it has a certificate", () => {
    const plain = serving().only("aws_lb_listener");
    assert.deepEqual([plain.port, plain.protocol, plain.ssl_policy], [80, "HTTP", undefined]);
    const tls = serving({ certificateArn: "arn:c" }).only("aws_lb_listener");
    assert.deepEqual(
      [tls.port, tls.protocol, tls.ssl_policy],
      [443, "HTTPS", "ELBSecurityPolicy-TLS13-1-2-2021-06"],
    );
  });

  it("drops malformed headers", () => {
    assert.equal(serving().only("aws_lb").drop_invalid_header_fields, true);
  });

  it("refuses a health check that would overlap itself, and thresholds out of range", () => {
    assert.throws(
      () => serving({ healthCheck: { timeout: Duration.seconds(30) } }),
      /timeout 30 s is not shorter than its interval 30 s/,
    );
    assert.throws(
      () => serving({ healthCheck: { unhealthyThresholdCount: 1 } }),
      /unhealthyThresholdCount 1 is not possible/,
    );
  });
});
