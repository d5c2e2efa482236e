/** CloudFront (restXml): a distribution's behaviours and certificate. */
import { type ApiResponse, isOk, withBody } from "../call.ts";
import type { Correction } from "./correction.ts";

export const cloudfront: Correction[] = [
  {
    service: "cloudfront",
    operations: /./,
    async answer(_, forward) {
      const answer = await forward();
      return isOk(answer) ? corrected(answer) : answer;
    },
  },
];

function corrected(answer: ApiResponse): ApiResponse {
  const body = answer.body
    .toString()
    .replaceAll(/<(DefaultCacheBehavior|CacheBehavior)>[\s\S]*?<\/\1>/g, withoutLegacyCaching)
    .replaceAll(/<ViewerCertificate>[\s\S]*?<\/ViewerCertificate>/g, withTrueCertificate);
  return withBody(answer, body);
}

// moto reports the legacy cache settings beside a cache policy; in AWS a behaviour has one or the other.
const withoutLegacyCaching = (behaviour: string): string =>
  /<CachePolicyId>[^<]/.test(behaviour)
    ? behaviour
        .replace(/<ForwardedValues>[\s\S]*?<\/ForwardedValues>/, "")
        .replaceAll(/<(MinTTL|DefaultTTL|MaxTTL)>\d*<\/\1>/g, "")
    : behaviour;

// moto reports `sni-only` for CloudFront's own certificate, where the setting does not apply, and calls every certificate CloudFront's
// own where the call does not say that it is not, which it need not beside the ARN of another.
const withTrueCertificate = (certificate: string): string =>
  /<ACMCertificateArn>[^<]/.test(certificate)
    ? certificate.replace(OWN_CERTIFICATE, "<CloudFrontDefaultCertificate>false<")
    : OWN_CERTIFICATE.test(certificate)
      ? certificate.replace(/<SSLSupportMethod>[^<]*<\/SSLSupportMethod>/, "")
      : certificate;

const OWN_CERTIFICATE = /<CloudFrontDefaultCertificate>true</;
