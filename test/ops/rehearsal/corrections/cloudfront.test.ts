/** Each correction against the shape in which moto answers. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { answer, gateway } from "../support.ts";

describe("CloudFront distributions", () => {
  const get = (body: string) =>
    gateway()({ service: "cloudfront", operation: "GET /2020-05-31/distribution/E1" }, answer(body));

  it("keep their ARN, in what is asked and what is answered", async () => {
    const arn = "arn:aws:cloudfront::123456789012:distribution/E1";
    const call = {
      service: "cloudfront",
      operation: "GET /2020-05-31/tagging",
      path: `/2020-05-31/tagging?Resource=${encodeURIComponent(arn)}`,
    };
    const { body, forwarded } = await gateway()(call, answer(`<ARN>${arn}</ARN>`));
    assert.deepEqual([forwarded[0]?.path, body], [call.path, `<ARN>${arn}</ARN>`]);
  });

  const legacy = "<ForwardedValues><QueryString>false</QueryString></ForwardedValues><MinTTL>0</MinTTL>";

  it("have no forwarded values in a behaviour with a cache policy", async () => {
    const { body } = await get(
      `<DefaultCacheBehavior><CachePolicyId>p</CachePolicyId>${legacy}</DefaultCacheBehavior><CacheBehavior><CachePolicyId></CachePolicyId>${legacy}</CacheBehavior>`,
    );
    assert.equal(
      body,
      `<DefaultCacheBehavior><CachePolicyId>p</CachePolicyId></DefaultCacheBehavior><CacheBehavior><CachePolicyId></CachePolicyId>${legacy}</CacheBehavior>`,
    );
  });

  it("have no support method for CloudFront's own certificate, and keep it for another", async () => {
    const certificate = (own: boolean, method: string) =>
      `<ViewerCertificate><CloudFrontDefaultCertificate>${own}</CloudFrontDefaultCertificate>${method}</ViewerCertificate>`;
    const method = "<SSLSupportMethod>sni-only</SSLSupportMethod>";
    assert.equal((await get(certificate(true, method))).body, certificate(true, ""));
    assert.equal((await get(certificate(false, method))).body, certificate(false, method));
    const arn = "<ACMCertificateArn>arn:aws:acm:us-east-1:123456789012:certificate/1</ACMCertificateArn>";
    assert.equal((await get(certificate(true, arn + method))).body, certificate(false, arn + method));
  });
});
