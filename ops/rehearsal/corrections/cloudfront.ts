/** CloudFront (restXml): a distribution's ARN, behaviours and certificate. */
import { type Answer, type Call, isOk, withBody } from "../call.ts";
import type { Correction } from "./correction.ts";

export const cloudfront: Correction[] = [
  {
    service: "cloudfront",
    operations: /./,
    async answer(call, forward) {
      const answer = await forward(withMotoArn(call));
      return isOk(answer) ? corrected(answer) : answer;
    },
  },
];

// moto writes ARNs with a colon too few. AWS: `arn:aws:cloudfront::123456789012:…`, since CloudFront has no region.
const withMotoArn = (call: Call): Call => ({
  ...call,
  path: call.path.replace(/arn(%3A|:)aws(%3A|:)cloudfront(%3A|:)(%3A|:)/i, "arn$1aws$2cloudfront$3"),
});

function corrected(answer: Answer): Answer {
  const body = answer.body
    .toString()
    .replaceAll(/arn:aws:cloudfront:(?=\d)/g, "arn:aws:cloudfront::")
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
