import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { tapStack } from "../../support/tap-stack.ts";
import type { Resource, Template } from "../../support/template.ts";

const template = tapStack();
describe("the edge's log", () => {
  it("is delivered anew where its fields change: a delivery that stands cannot be changed", () => {
    const fields = template.only("aws_cloudwatch_log_delivery").record_fields as string[];
    const hash = createHash("sha256").update(fields.join()).digest("hex").slice(0, 8);
    assert.deepEqual(
      [template.only("aws_cloudwatch_log_delivery_destination").name, hash],
      ["cloudfront-access-logs2-test", "f42289eb"],
      "raise FIELDS_VERSION in lib/aws/cloudfront/log-delivery.ts, then say both here",
    );
  });
});

describe("the edge", () => {
  const distribution = template.only("aws_cloudfront_distribution");

  it("caches the read paths as the API says, and nothing else", () => {
    assert.equal(distribution.default_cache_behavior.cache_policy_id, "4135ea2d-6df8-44a3-9df3-4b5a84be39ad");
    assert.deepEqual(
      Object.fromEntries(
        distribution.ordered_cache_behavior.map((each: Resource) => [
          each.path_pattern,
          each.cache_policy_id,
        ]),
      ),
      Object.fromEntries(
        [
          "/v1/products",
          "/v1/products/*",
          "/v1/categories",
          "/v1/categories/*",
          "/v1/search",
          "/v1/suggest",
        ].map((path) => [path, "4cc15a8a-d715-48a4-82b8-cc0b614638fe"]),
      ),
    );
  });

  it("lets writes pass on every path, with the headers that they need", () => {
    for (const behavior of [distribution.default_cache_behavior, ...distribution.ordered_cache_behavior]) {
      for (const method of ["PUT", "PATCH", "DELETE"]) assert.ok(behavior.allowed_methods.includes(method));
      assert.equal(behavior.origin_request_policy_id, "b689b0a8-53d0-40ab-baf2-68738e2966ac");
      assert.equal(behavior.response_headers_policy_id, "67f7725c-6f97-4210-82d7-5512b31e9d03");
    }
  });

  it("keeps no error for longer than a second", () => {
    assert.deepEqual(
      distribution.custom_error_response.map((each: Resource) => [
        each.error_code,
        each.error_caching_min_ttl,
      ]),
      [
        [404, 1],
        [500, 1],
        [501, 1],
        [502, 1],
        [503, 1],
        [504, 1],
      ],
    );
  });

  it("sends the token that the load balancer asks for", () => {
    const [header] = distribution.origin[0].custom_header;
    const [condition] = template.only("aws_lb_listener_rule").condition;
    assert.equal(header.name, condition.http_header.http_header_name);
    assert.deepEqual(condition.http_header.values, [header.value]);
  });

  it("has the former token accepted while a new one spreads", () => {
    const rotated = tapStack({ ORIGIN_TOKEN_VERSION: "2" });
    const { values } = rotated.only("aws_lb_listener_rule").condition[0].http_header;
    assert.equal(values.length, 2);
    assert.equal(rotated.only("aws_cloudfront_distribution").origin[0].custom_header[0].value, values[0]);
    assert.deepEqual(
      rotated
        .resources("aws_secretsmanager_secret")
        .map((secret) => secret.name)
        .filter((name) => name.startsWith("origin"))
        .sort(),
      ["origin-token-test-v1", "origin-token-test-v2"],
    );
  });

  it("sends a token only once the load balancer accepts it", () => {
    assert.match(
      template.dependsOn(template.only("aws_cloudfront_distribution")).join(),
      /aws_lb_listener_rule/,
    );
  });

  it("keeps the former token's resource when a new one comes, so that it does not change", () => {
    const address = (of: Template) =>
      Object.entries(of.json.resource!.aws_secretsmanager_secret!).find(
        ([, secret]) => secret.name === "origin-token-test-v1",
      )![0];
    assert.equal(address(tapStack({ ORIGIN_TOKEN_VERSION: "2" })), address(template));
  });

  it("closes its idle connections before the load balancer does", () => {
    const { origin_keepalive_timeout: keepalive } = distribution.origin[0].custom_origin_config;
    assert.ok(keepalive < template.only("aws_lb").idle_timeout);
  });

  it("takes an own domain with its certificate, and TLS to the origin", () => {
    const owned = tapStack({
      DOMAIN_NAME: "shop.example.com",
      CERTIFICATE_ARN: "arn:aws:acm:us-east-1:123456789012:certificate/0f",
      ORIGIN_DOMAIN_NAME: "origin.example.com",
      ORIGIN_CERTIFICATE_ARN: "arn:aws:acm:eu-north-1:123456789012:certificate/0f",
    });
    const { aliases, viewer_certificate, origin } = owned.only("aws_cloudfront_distribution");
    assert.deepEqual(aliases, ["shop.example.com"]);
    assert.equal(viewer_certificate.minimum_protocol_version, "TLSv1.2_2021");
    assert.equal(origin[0].domain_name, "origin.example.com");
    assert.equal(origin[0].custom_origin_config.origin_protocol_policy, "https-only");
    const fromCloudFront = (of: Template) =>
      Object.entries(of.json.resource!.aws_vpc_security_group_ingress_rule!).find(
        ([, rule]) => rule.prefix_list_id,
      )![0];
    // Changed in place: the prefix list has no room for a second rule.
    assert.equal(fromCloudFront(owned), fromCloudFront(template));
    const ports = owned
      .resources("aws_vpc_security_group_ingress_rule")
      .map((rule) => rule.from_port)
      .sort();
    assert.deepEqual(ports, [3000, 443, 5432]);
    assert.equal((owned.json.output as Resource)["cloudfront-url"].value, "https://shop.example.com");
  });

  it("has a web ACL only when asked for", () => {
    assert.equal(template.resources("aws_wafv2_web_acl").length, 0);
    const guarded = tapStack({ WEB_ACL: "true", WEB_ACL_RATE_LIMIT: "500" });
    assert.equal(guarded.only("aws_wafv2_web_acl").rule[0].statement.rate_based_statement.limit, 500);
    assert.match(guarded.only("aws_cloudfront_distribution").web_acl_id, /aws_wafv2_web_acl/);
  });
});
