/** CloudFront (restXml): a distribution's behaviours and certificate. */
import { type Answer, isOk, withBody } from "../call.ts";
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

function corrected(answer: Answer): Answer {
  const body = answer.body
    .toString()
    .replaceAll(/<(DefaultCacheBehavior|CacheBehavior)>[\s\S]*?<\/\1>/g, withoutLegacyCaching)
    .replaceAll(/<ViewerCertificate>[\s\S]*?<\/ViewerCertificate>/g, withoutSupportMethod);
  return withBody(answer, body);
}

// moto reports the legacy cache settings beside a cache policy; in AWS a behaviour has one or the other.
const withoutLegacyCaching = (behaviour: string): string =>
  /<CachePolicyId>[^<]/.test(behaviour)
    ? behaviour
        .replace(/<ForwardedValues>[\s\S]*?<\/ForwardedValues>/, "")
        .replaceAll(/<(MinTTL|DefaultTTL|MaxTTL)>\d*<\/\1>/g, "")
    : behaviour;

// moto reports `sni-only` for CloudFront's own certificate, where the setting does not apply.
const withoutSupportMethod = (certificate: string): string =>
  certificate.includes("<CloudFrontDefaultCertificate>true<")
    ? certificate.replace(/<SSLSupportMethod>[^<]*<\/SSLSupportMethod>/, "")
    : certificate;
