/** Elastic Load Balancing (awsQuery): listeners with certificates of ACM. */
import { type Answer, type Call, isOk, json, withBody } from "../call.ts";
import type { Correction } from "./correction.ts";

const CERTIFICATE =
  /arn(?::|%3A)aws(?::|%3A)acm(?::|%3A)[a-z0-9-]+(?::|%3A)\d{12}(?::|%3A)certificate(?:\/|%2F)[0-9a-f-]+/gi;

/**
 * moto takes only certificates that it has issued itself, under names of its own. Each one that a call names is issued
 * when it is first seen, and goes by its own name towards Terraform.
 */
export function elbv2(): Correction[] {
  const issued = new Map<string, string>();

  const issue = async (
    arn: string,
    call: Call,
    forward: (changed: Call) => Promise<Answer>,
  ): Promise<void> => {
    if (issued.has(arn)) return;
    const answer = await forward({
      ...call,
      method: "POST",
      path: "/",
      headers: {
        host: call.headers.host,
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "CertificateManager.RequestCertificate",
        authorization: `AWS4-HMAC-SHA256 Credential=testing/20260101/${call.region}/acm/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: Buffer.from(
        JSON.stringify({ DomainName: "origin.example.com", IdempotencyToken: arn.slice(-12) }),
      ),
    });
    if (isOk(answer)) issued.set(arn, json<{ CertificateArn: string }>(answer).CertificateArn);
  };

  return [
    {
      service: "elasticloadbalancing",
      operations: /Listener/,
      async answer(call, forward) {
        let sent = call.body.toString();
        for (const [written] of sent.matchAll(CERTIFICATE)) {
          const arn = decodeURIComponent(written);
          await issue(arn, call, forward);
          sent = sent.replaceAll(written, encodeURIComponent(issued.get(arn) ?? arn));
        }
        const answer = await forward({ ...call, body: Buffer.from(sent) });
        let body = answer.body.toString();
        for (const [own, given] of issued) body = body.replaceAll(given, own);
        return withBody(answer, body);
      },
    },
  ];
}
